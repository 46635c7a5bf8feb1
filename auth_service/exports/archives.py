"""Read sealed archives and their parts from the object store."""

import asyncio
from uuid import UUID

from auth_service.contract.exports import part_key, part_place
from auth_service.deps import AuthDeps

ARCHIVE = "archive"


async def read_part(deps: AuthDeps, workspace_id: UUID, export_id: UUID, part: str) -> bytes:
    """Return a service's part, or the whole archive, opened. Raises ObjectNotFoundError."""
    sealed = await deps.objects.get(part_key(workspace_id, export_id, part))
    place = part_place(workspace_id, export_id, part)
    return await asyncio.to_thread(deps.vault.open, sealed, *place)
