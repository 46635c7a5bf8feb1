"""Hand an archive over: on record first, then read outside of any transaction."""

from uuid import UUID

from fastapi import Response

from auth_service.deps import AuthDeps
from auth_service.exports.archives import ARCHIVE, read_part
from auth_service.exports.service import ExportService
from shared.identity import Principal


async def fetch_archive(deps: AuthDeps, principal: Principal, export_id: UUID) -> Response:
    """Return the archive as a file. Raises ExportNotFoundError, ExportNotReadyError."""
    async with deps.units_of_work() as work:
        row = await ExportService(work, deps.hashes).fetch(principal, export_id)
        workspace_id, day = row.workspace_id, row.requested_at.date()
    archive = await read_part(deps, workspace_id, export_id, ARCHIVE)
    name = f'attachment; filename="naru-export-{day}.zip"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return Response(archive, media_type="application/zip", headers=headers)
