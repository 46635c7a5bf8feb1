"""Put the archive together, and delete it when its time is over."""

import asyncio
import io
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from auth_service.contract.deletions import ERASING_SERVICES
from auth_service.contract.exports import EXPORTS, part_key, part_place
from auth_service.deps import AuthDeps
from auth_service.exports.archives import ARCHIVE, read_part
from auth_service.exports.own_part import own_files
from auth_service.exports.service import ExportService
from shared.ids import public_id
from shared.jobs.tasks import Task, task
from shared.logging import get_logger
from shared.object_store.tenants import tenant_folder

log = get_logger(__name__)

_OTHERS = tuple(service for service in ERASING_SERVICES if service != "auth")
_TIMEOUT = timedelta(minutes=15)
_TRIES = 100
"""With growing pauses that is most of a day: long enough for any outage of the object store."""


@task("auth.assemble_export", timeout=_TIMEOUT)
async def assemble_export(deps: AuthDeps, export_id: UUID) -> None:
    """Make one archive of all parts. Done twice it is the same archive."""
    async with deps.units_of_work() as work:
        row = await ExportService(work, deps.hashes).lock(export_id)
        if row is None or row.status != "collecting":
            return
        workspace_id = row.workspace_id
        own = await own_files(work.session, row)
    parts = [await read_part(deps, workspace_id, export_id, service) for service in _OTHERS]
    archive = await asyncio.to_thread(_merge, own, parts)
    place = part_place(workspace_id, export_id, ARCHIVE)
    sealed = await asyncio.to_thread(deps.vault.seal, archive, *place)
    await deps.objects.put(part_key(workspace_id, export_id, ARCHIVE), sealed)
    async with deps.units_of_work() as work:
        finished = await ExportService(work, deps.hashes).finish(export_id, len(own), len(archive))
    if finished is None:  # its time was over, or its workspace is gone: leave nothing behind
        await deps.objects.delete(part_key(workspace_id, export_id, ARCHIVE))
    await _delete_parts(deps, workspace_id, export_id)
    log.info("export.assembled", export_id=public_id("exp", export_id), size_bytes=len(archive))


@task("auth.expire_export", timeout=_TIMEOUT, max_tries=_TRIES)
async def expire_export(deps: AuthDeps, export_id: UUID) -> None:
    """Delete an archive whose time is over, or the parts of one that was never finished."""
    async with deps.units_of_work() as work:
        row = await ExportService(work, deps.hashes).expire(export_id)
    if row is None:
        return
    await deps.objects.delete(part_key(row.workspace_id, export_id, ARCHIVE))
    await _delete_parts(deps, row.workspace_id, export_id)
    log.info("export.expired", export_id=public_id("exp", export_id), status=row.status)


@task("auth.erase_objects", timeout=_TIMEOUT, max_tries=_TRIES)
async def erase_objects(deps: AuthDeps, workspace_id: UUID) -> None:
    """Delete the archives of a workspace that is gone."""
    await deps.objects.delete_folder(tenant_folder(EXPORTS, workspace_id))


@task("auth.erase_export", timeout=_TIMEOUT, max_tries=_TRIES)
async def erase_export(deps: AuthDeps, workspace_id: UUID, export_id: UUID) -> None:
    """Delete an archive whose owner is gone, from a workspace that goes on."""
    await deps.objects.delete(part_key(workspace_id, export_id, ARCHIVE))
    await _delete_parts(deps, workspace_id, export_id)


TASKS: tuple[Task, ...] = (assemble_export, expire_export, erase_objects, erase_export)


async def _delete_parts(deps: AuthDeps, workspace_id: UUID, export_id: UUID) -> None:
    for service in _OTHERS:
        await deps.objects.delete(part_key(workspace_id, export_id, service))


def _merge(own: Sequence[tuple[str, bytes]], parts: Sequence[bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in own:
            archive.writestr(name, content)
        for part in parts:
            with zipfile.ZipFile(io.BytesIO(part)) as read:
                for name in read.namelist():
                    archive.writestr(name, read.read(name))
    return memory.getvalue()
