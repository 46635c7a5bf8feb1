"""What every service above owes a workspace: to erase it, and to hand its things over.

The auth service stands lowest and calls nobody. It says what is wanted by an event; each service
does its share in its worker and reports back through ``AuthClient``.
"""

import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from arq.connections import ArqRedis
from sqlalchemy import MetaData

from auth_service.client import AuthClient
from auth_service.contract.deletions import ErasingService, ErasureReport
from auth_service.contract.events import ExportRequested, WorkspaceDeleted
from auth_service.contract.exports import ExportPart, part_key, part_place
from shared.erasures.rows import erase_rows, erased_counts, note_erasure
from shared.events.consumer import EventConsumer, Handler
from shared.events.types import EventEnvelope
from shared.jobs.tasks import Task, task
from shared.logging import get_logger
from shared.object_store.port import ObjectStore
from shared.object_store.tenants import tenant_folder
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

EraseMore = Callable[[Any, UnitOfWork, UUID], Awaitable[Mapping[str, int]]]
"""Deletes what only points to the workspace's rows, before they go; returns counts."""

Export = Callable[[Any, UUID], AsyncIterator[File]]
"""``export(deps, workspace_id)``: yields the files that the service has of a workspace."""


class TenantDeps(Protocol):
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


@dataclass(frozen=True, slots=True)
class Tenants:
    """How one service lets a workspace go, and hands it its things.

    metadata       tables; those with a ``workspace_id`` are emptied of the workspace's rows
    object_kinds   folders of the object store in which each workspace has one of its own
    """

    service: ErasingService
    metadata: MetaData
    export: Export
    object_kinds: tuple[str, ...] = ()
    erase_more: EraseMore = nothing_more

    def handlers(self) -> dict[str, Handler]:
        """Return what to do about the auth service's events."""
        return {WorkspaceDeleted.name: self._begin_erasure, ExportRequested.name: self._begin_part}

    def consumer(self, deps: TenantDeps) -> EventConsumer:
        """Return what follows the auth service for a service that wants nothing else of it."""
        return EventConsumer(
            "auth", deps.auth.read_events, self.handlers(), deps.units_of_work, deps.redis
        )

    def tasks(self) -> tuple[Task, ...]:
        """Return the tasks behind the handlers."""
        declare_erasure = task(self._erase_task, timeout=_TIMEOUT, max_tries=_TRIES)
        declare_part = task(self._export_task, timeout=_TIMEOUT)
        return declare_erasure(self.erase), declare_part(self.write_part)

    async def erase(self, deps: TenantDeps, workspace_id: UUID) -> None:
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

    async def write_part(self, deps: TenantDeps, workspace_id: UUID, export_id: UUID) -> None:
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
        log.info("export.part_written", export_id=str(export_id), files=len(names))

    @property
    def _erase_task(self) -> str:
        return f"{self.service}.erase_workspace"

    @property
    def _export_task(self) -> str:
        return f"{self.service}.write_export"

    async def _begin_erasure(self, work: UnitOfWork, event: EventEnvelope) -> None:
        await work.enqueue(self._erase_task, event.workspace_id)
        await work.enqueue(self._erase_task, event.workspace_id, delay=LATE)

    async def _begin_part(self, work: UnitOfWork, event: EventEnvelope) -> None:
        export_id = UUID(event.payload["export_id"])
        await work.enqueue(self._export_task, event.workspace_id, export_id)
