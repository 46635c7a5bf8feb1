"""Read sealed archives and their parts from the object store, and reseal them."""

import asyncio
from uuid import UUID

from sqlalchemy import select

from auth_service.contract.exports import part_key, part_place
from auth_service.deps import AuthDeps
from auth_service.models import ExportRow
from shared.object_store.port import ObjectNotFoundError

ARCHIVE = "archive"


async def read_part(deps: AuthDeps, workspace_id: UUID, export_id: UUID, part: str) -> bytes:
    """Return a service's part, or the whole archive, opened. Raises ObjectNotFoundError."""
    sealed = await deps.objects.get(part_key(workspace_id, export_id, part))
    place = part_place(workspace_id, export_id, part)
    return await asyncio.to_thread(deps.vault.open, sealed, *place)


async def rewrap_archives(deps: AuthDeps) -> int:
    """Put archives under the newest master key; return how many were under an earlier one."""
    query = select(ExportRow.id, ExportRow.workspace_id).where(ExportRow.status == "ready")
    async with deps.units_of_work() as work:
        found = (await work.session.execute(query)).all()
    return sum([await _rewrap(deps, workspace_id, export_id) for export_id, workspace_id in found])


async def _rewrap(deps: AuthDeps, workspace_id: UUID, export_id: UUID) -> bool:
    key = part_key(workspace_id, export_id, ARCHIVE)
    place = part_place(workspace_id, export_id, ARCHIVE)
    try:
        sealed = await deps.objects.get(key)
    except ObjectNotFoundError:  # its time was over just now
        return False
    if deps.vault.is_current(sealed):
        return False
    await deps.objects.put(key, await asyncio.to_thread(deps.vault.rewrap, sealed, *place))
    async with deps.units_of_work() as work:
        row = await work.session.get(ExportRow, export_id)
    if row is None or row.status != "ready":  # deleted meanwhile: leave nothing behind
        await deps.objects.delete(key)
    return True
