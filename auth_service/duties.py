"""What every service above owes: to erase a workspace, to hand its things over, to reseal secrets.

The auth service stands lowest and calls nobody. It says what is wanted by an event; each service
does its share in its worker and reports back through ``AuthClient``.
"""

import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID, uuid5

from arq.connections import ArqRedis
from sqlalchemy import MetaData

from auth_service.client import AuthClient
from auth_service.contract.audit import AuditRecord
from auth_service.contract.deletions import ErasingService, ErasureReport
from auth_service.contract.events import ExportRequested, MasterKeyChanged, WorkspaceDeleted
from auth_service.contract.exports import ExportPart, part_key, part_place
from shared.clock import utc_now
from shared.erasures.rows import erase_rows, erased_counts, note_erasure
from shared.events.consumer import EventConsumer, Handler
from shared.events.types import EventEnvelope
from shared.ids import public_id
from shared.jobs.tasks import Task, task
from shared.logging import get_logger
from shared.object_store.port import ObjectStore
from shared.object_store.tenants import tenant_folder
from shared.rewrapping import SealedColumn, rewrap
from shared.streams import stream_key
from shared.unit_of_work import UnitOfWork, UnitsOfWork
from shared.vault import Vault

log = get_logger(__name__)

LATE = timedelta(hours=1)
"""When to sweep once more: whatever ran while its workspace was erased has ended by then."""

_TIMEOUT = timedelta(minutes=15)
_TRIES = 100
"""With growing pauses that is most of a day: long enough for any outage of the object store."""

File = tuple[str, bytes]
"""A file of an export: its path in the archive, and its content."""

RewrapMore = Callable[[Any], Awaitable[int]]
"""``rewrap_more(deps)``: seals what no column holds; returns how much that was."""

EraseMore = Callable[[Any, UnitOfWork, UUID], Awaitable[Mapping[str, int]]]
"""Deletes what only points to the workspace's rows, before they go; returns counts."""

Export = Callable[[Any, UUID], AsyncIterator[File]]
"""``export(deps, workspace_id)``: yields the files that the service has of a workspace."""


class DutyDeps(Protocol):
    """What a service's worker has at hand."""

    @property
    def units_of_work(self) -> UnitsOfWork: ...
    @property
    def objects(self) -> ObjectStore: ...
    @property
    def redis(self) -> ArqRedis: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def auth(self) -> AuthClient: ...


async def nothing_more(deps: Any, work: UnitOfWork, workspace_id: UUID) -> Mapping[str, int]:
    """Erase nothing: all that the service has of a workspace are rows that name it."""
    return {}


async def nothing_else(deps: Any) -> int:
    """Seal nothing: all that the service has sealed is in columns."""
    return 0


@dataclass(frozen=True, slots=True)
class Duties:
    """How one service does its share.

    metadata       tables; those with a ``workspace_id`` are emptied of the workspace's rows
    object_kinds   folders of the object store in which each workspace has one of its own
    sealed         where it keeps secrets that the vault has sealed
    """

    service: ErasingService
    metadata: MetaData
    export: Export
    object_kinds: tuple[str, ...] = ()
    sealed: tuple[SealedColumn, ...] = ()
    erase_more: EraseMore = nothing_more
    rewrap_more: RewrapMore = nothing_else

    def handlers(self) -> dict[str, Handler]:
        """Return what to do about the auth service's events."""
        return {
            WorkspaceDeleted.name: self._begin_erasure,
            ExportRequested.name: self._begin_part,
            MasterKeyChanged.name: self._begin_rewrapping,
        }

    def consumer(self, deps: DutyDeps) -> EventConsumer:
        """Return what follows the auth service for a service that wants nothing else of it."""
        return EventConsumer(
            "auth", deps.auth.read_events, self.handlers(), deps.units_of_work, deps.redis
        )

    def tasks(self) -> tuple[Task, ...]:
        """Return the tasks behind the handlers."""
        declare_erasure = task(self._erase_task, timeout=_TIMEOUT, max_tries=_TRIES)
        declare_part = task(self._export_task, timeout=_TIMEOUT)
        declare_rewrapping = task(self._rewrap_task, timeout=_TIMEOUT, max_tries=_TRIES)
        return (
            declare_erasure(self.erase),
            declare_part(self.write_part),
            declare_rewrapping(self.rewrap),
        )

    async def erase(self, deps: DutyDeps, workspace_id: UUID) -> None:
        """Erase the workspace and report it. May run twice, and does: see ``LATE``."""
        async with deps.units_of_work() as work:
            found = dict(await self.erase_more(deps, work, workspace_id))
            found |= await erase_rows(work, self.metadata, workspace_id)
            await note_erasure(work, workspace_id, found)
        count = 0
        for kind in self.object_kinds:
            count += await deps.objects.delete_folder(tenant_folder(kind, workspace_id))
        async for key in deps.redis.scan_iter(match=f"{stream_key(workspace_id, '*')}", count=1000):
            await deps.redis.delete(key)
        async with deps.units_of_work() as work:
            if count:
                await note_erasure(work, workspace_id, {"objects": count})
            counts = await erased_counts(work.session, work.tables.erasures, workspace_id)
        report = ErasureReport(service=self.service, counts=counts)
        await deps.auth.report_erasure(workspace_id, report)
        log.info("workspace.erased", workspace_id=str(workspace_id), **counts)

    async def write_part(self, deps: DutyDeps, workspace_id: UUID, export_id: UUID) -> None:
        """Put the service's share of an export, sealed, into the object store and report it."""
        memory, names = io.BytesIO(), []
        with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
            async for name, content in self.export(deps, workspace_id):
                archive.writestr(name, content)
                names.append(name)
        sealed = deps.vault.seal(
            memory.getvalue(), *part_place(workspace_id, export_id, self.service)
        )
        await deps.objects.put(part_key(workspace_id, export_id, self.service), sealed)
        part = ExportPart(service=self.service, file_count=len(names))
        await deps.auth.report_export_part(export_id, part)
        log.info("export.part_written", export_id=public_id("exp", export_id), files=len(names))

    async def rewrap(self, deps: DutyDeps, workspace_id: UUID, event_id: UUID) -> None:
        """Seal what is not yet under the newest master key, and put on record how much it was."""
        moved = await rewrap(deps.units_of_work, deps.vault, self.sealed)
        moved += await self.rewrap_more(deps)
        record = AuditRecord(
            id=uuid5(event_id, self.service),
            workspace_id=workspace_id,
            action="secrets.rewrapped",
            actor_kind="service",
            actor_id=None,
            subject=None,
            address=None,
            facts={"service": self.service, "count": moved},
            occurred_at=utc_now(),
        )
        await deps.auth.record_audit(record)

    @property
    def _erase_task(self) -> str:
        return f"{self.service}.erase_workspace"

    @property
    def _export_task(self) -> str:
        return f"{self.service}.write_export"

    @property
    def _rewrap_task(self) -> str:
        return f"{self.service}.rewrap_secrets"

    async def _begin_rewrapping(self, work: UnitOfWork, event: EventEnvelope) -> None:
        await work.enqueue(self._rewrap_task, event.workspace_id, event.id)

    async def _begin_erasure(self, work: UnitOfWork, event: EventEnvelope) -> None:
        await work.enqueue(self._erase_task, event.workspace_id)
        await work.enqueue(self._erase_task, event.workspace_id, delay=LATE)

    async def _begin_part(self, work: UnitOfWork, event: EventEnvelope) -> None:
        export_id = UUID(event.payload["export_id"])
        await work.enqueue(self._export_task, event.workspace_id, export_id)
