"""Ask the services for their parts, and keep track of the archive."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.repository import AccountRepository
from auth_service.audit.service import PLATFORM, Actor, AuditService
from auth_service.contract.deletions import ERASING_SERVICES
from auth_service.contract.errors import (
    ExportNotFoundError,
    ExportNotReadyError,
    OwnerRequiredError,
    SessionRequiredError,
)
from auth_service.contract.events import ExportRequested
from auth_service.contract.exports import ExportPart
from auth_service.hashing import KeyedHashes
from auth_service.mails.service import MailService
from auth_service.models import ExportRow
from shared.clock import utc_now
from shared.identity import Principal
from shared.ids import new_id, public_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)

KEPT = timedelta(days=7)
PATIENCE = timedelta(days=1)
"""How long the services may take with their parts."""

_OTHERS = frozenset(ERASING_SERVICES) - {"auth"}


class ExportService:
    """Exports, inside a transaction."""

    def __init__(self, work: UnitOfWork, hashes: KeyedHashes) -> None:
        self._work = work
        self._session: AsyncSession = work.session
        self._audit = AuditService(work, hashes)
        self._mails = MailService(work, hashes)

    async def request(self, principal: Principal) -> ExportRow:
        """Begin an export of the workspace that a session acts in, or return the one under way.

        It takes the place of an earlier one, so that nobody fills the object store with archives.

        Raises SessionRequiredError, OwnerRequiredError.
        """
        user_id, workspace_id = _person(principal), principal.require_workspace()
        accounts = AccountRepository(self._session)
        # Locked, so that two requests at once begin one export.
        workspace = await accounts.lock_workspace(workspace_id)
        member = await accounts.find_membership(user_id, workspace_id)
        if workspace is None or member is None or member[1].role != "owner":
            raise OwnerRequiredError
        known = await self._list(user_id, workspace_id, "collecting")
        if known:
            return known[0]
        for earlier in await self._list(user_id, workspace_id, "ready"):
            earlier.expires_at = utc_now()
            await self._work.enqueue("auth.expire_export", earlier.id)
        row = ExportRow(
            id=new_id(),
            workspace_id=workspace_id,
            user_id=user_id,
            status="collecting",
            files={},
            requested_at=utc_now(),
        )
        self._session.add(row)
        await self._session.flush()
        self._work.emit(ExportRequested(workspace_id=workspace_id, export_id=row.id))
        await self._work.enqueue("auth.expire_export", row.id, delay=PATIENCE)
        await self._audit.record(
            workspace_id,
            "export.requested",
            Actor.of(principal),
            export_id=public_id("exp", row.id),
        )
        log.info("export.requested", export_id=public_id("exp", row.id))
        return row

    async def get(self, principal: Principal, export_id: UUID) -> ExportRow:
        """Return one of one's own exports, to whoever still owns what is in it.

        Raises ExportNotFoundError, SessionRequiredError.
        """
        row = await self._session.get(ExportRow, export_id)
        if row is None or row.user_id != _person(principal):
            raise ExportNotFoundError
        accounts = AccountRepository(self._session)
        member = await accounts.find_membership(row.user_id, row.workspace_id)
        if member is None or member[1].role != "owner":
            raise ExportNotFoundError
        return row

    async def fetch(self, principal: Principal, export_id: UUID) -> ExportRow:
        """Return a finished export and put on record that its archive is handed over.

        Raises ExportNotFoundError, ExportNotReadyError, SessionRequiredError.
        """
        row = await self.get(principal, export_id)
        if row.status != "ready":
            raise ExportNotReadyError(f"the export is {row.status}")
        await self._audit.record(
            row.workspace_id,
            "export.fetched",
            Actor.of(principal),
            export_id=public_id("exp", row.id),
        )
        return row

    async def report(self, export_id: UUID, part: ExportPart) -> None:
        """Note that a service's part is there; assemble the archive once all are."""
        row = await self.lock(export_id)
        if row is None or row.status != "collecting" or part.service in row.files:
            return
        row.files = row.files | {part.service: part.file_count}
        if set(row.files) >= _OTHERS:
            await self._work.enqueue("auth.assemble_export", row.id)

    async def finish(self, export_id: UUID, own_count: int, size_bytes: int) -> ExportRow | None:
        """Open a finished archive to its owner for some days; None when it is too late for that."""
        row = await self.lock(export_id)
        if row is None or row.status != "collecting":
            return None
        now = utc_now()
        row.status, row.size_bytes = "ready", size_bytes
        row.files = row.files | {"auth": own_count}
        row.ready_at, row.expires_at = now, now + KEPT
        await self._work.enqueue("auth.expire_export", row.id, delay=KEPT)
        await self._audit.record(
            row.workspace_id,
            "export.ready",
            PLATFORM,
            export_id=public_id("exp", row.id),
            bytes=size_bytes,
        )
        user = await AccountRepository(self._session).find_user(row.user_id)
        if user is not None:
            await self._mails.request(user, "export_ready")
        return row

    async def expire(self, export_id: UUID) -> ExportRow | None:
        """Close an export whose time is over; None when there is nothing to delete (yet)."""
        row = await self.lock(export_id)
        now = utc_now()
        if row is None:
            return None
        if row.status == "collecting" and row.requested_at + PATIENCE <= now:
            row.status = "failed"
        elif row.status == "ready" and row.expires_at is not None and row.expires_at <= now:
            row.status = "expired"
        # Also those that a worker died over before it had deleted the objects.
        return row if row.status in {"failed", "expired"} else None

    async def _list(self, user_id: UUID, workspace_id: UUID, status: str) -> Sequence[ExportRow]:
        query = select(ExportRow).where(
            ExportRow.user_id == user_id,
            ExportRow.workspace_id == workspace_id,
            ExportRow.status == status,
        )
        return (await self._session.scalars(query)).all()

    async def lock(self, export_id: UUID) -> ExportRow | None:
        """Return an export, locked."""
        return await self._session.get(ExportRow, export_id, with_for_update=True)


def _person(principal: Principal) -> UUID:
    if principal.kind != "session" or principal.user_id is None:
        raise SessionRequiredError
    return principal.user_id
