"""Record, list and verify what happened in a workspace."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from uuid import UUID

import orjson

from auth_service.audit.repository import AuditRepository
from auth_service.contract.audit import (
    ActorKind,
    AuditEntry,
    AuditRecord,
    AuditVerification,
    BrokenLink,
    FactValue,
)
from auth_service.hashing import KeyedHashes
from auth_service.models import AuditEntryRow
from shared.clock import utc_now
from shared.http.pages import CursorSigner, read_page
from shared.identity import Principal
from shared.ids import new_id, public_id
from shared.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: ``user_id`` None for the platform itself."""

    kind: ActorKind
    user_id: UUID | None
    address: str | None

    @classmethod
    def of(cls, principal: Principal) -> "Actor":
        """Return the actor that a request's principal is."""
        return cls(principal.kind, principal.user_id, principal.address)


PLATFORM = Actor("service", None, None)


class AuditService:
    """The log of one workspace after the other, inside a transaction."""

    def __init__(self, work: UnitOfWork, hashes: KeyedHashes) -> None:
        self._work = work
        self._entries = AuditRepository(work.session)
        self._hashes = hashes

    async def record(
        self,
        workspace_id: UUID,
        action: str,
        actor: Actor,
        subject: str | None = None,
        **facts: FactValue,
    ) -> None:
        """Append what happens in this transaction; ``action`` is ``noun.past_tense_verb``."""
        await self.append(
            AuditRecord(
                id=new_id(),
                workspace_id=workspace_id,
                action=action,
                actor_kind=actor.kind,
                actor_id=actor.user_id,
                subject=subject,
                address=actor.address,
                facts=facts,
                occurred_at=utc_now(),
            )
        )

    async def append(self, record: AuditRecord) -> None:
        """Append a record, unless its id is there already."""
        head = await self._entries.lock_head(record.workspace_id)
        if await self._entries.has(record.id):
            return
        row = AuditEntryRow(**dict(record), number=head.number + 1, previous=head.mac)
        row.occurred_at = record.occurred_at.astimezone(UTC)
        row.mac = self._seal(row)
        head.number, head.mac = row.number, row.mac
        await self._entries.add(row)

    async def list(
        self, workspace_id: UUID, cursors: CursorSigner, cursor: str | None, limit: int
    ) -> tuple[Sequence[AuditEntryRow], str | None]:
        """Return one page of a workspace's log, newest first."""
        query = self._entries.listing(workspace_id)
        return await read_page(self._work.session, query, cursors, cursor, limit)

    async def verify(self, workspace_id: UUID) -> AuditVerification:
        """Compute the chain again from its first entry; name the first link that does not hold."""
        head = await self._entries.find_head(workspace_id)
        count, previous = 0, b""
        async for row in self._entries.walk(workspace_id):
            if row.number != count + 1:
                return _broken(count, count + 1, "missing")
            honest = row.previous == previous and hmac.compare_digest(row.mac, self._seal(row))
            if not honest:
                return _broken(count, row.number, "changed")
            count, previous = row.number, row.mac
        if head is not None and head.number > count:
            return _broken(count, count + 1, "cut")
        if (head.number, head.mac) != (count, previous) if head else count:
            return _broken(count, count, "changed")
        return AuditVerification(intact=True, entry_count=count, broken=None)

    def _seal(self, row: AuditEntryRow) -> bytes:
        content = {
            "workspace_id": row.workspace_id.hex,
            "number": row.number,
            "id": row.id.hex,
            "action": row.action,
            "actor_kind": row.actor_kind,
            "actor_id": row.actor_id.hex if row.actor_id else None,
            "subject": row.subject,
            "address": row.address,
            "facts": row.facts,
            "occurred_at": row.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        }
        text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        return self._hashes.digest("audit-log", row.previous, text)


def present_entry(row: AuditEntryRow) -> AuditEntry:
    """Return an entry as the public sees it."""
    return AuditEntry.model_validate(
        {
            "number": row.number,
            "action": row.action,
            "actor_kind": row.actor_kind,
            "actor": public_id("usr", row.actor_id) if row.actor_id else None,
            "subject": row.subject,
            "address": row.address,
            "facts": row.facts,
            "occurred_at": row.occurred_at,
            "mac": row.mac.hex(),
        }
    )


def _broken(count: int, number: int, reason: str) -> AuditVerification:
    link = BrokenLink.model_validate({"number": number, "reason": reason})
    return AuditVerification(intact=False, entry_count=count, broken=link)
