"""``/internal/snapshots``: immutable bars, for the services that run strategies."""

from typing import Annotated

from fastapi import APIRouter, Depends

from data_service.contract.bars import BarsQuery, Snapshot
from data_service.snapshots.freezing import SnapshotFreezing
from shared.http.dependencies import CurrentWorkspace, Deps, require_service

router = APIRouter(prefix="/internal/snapshots", dependencies=[Depends(require_service)])


async def _freezing(deps: Deps) -> SnapshotFreezing:
    return SnapshotFreezing(deps)


Freezing = Annotated[SnapshotFreezing, Depends(_freezing)]


@router.post("")
async def create_snapshot(
    body: BarsQuery, workspace_id: CurrentWorkspace, freezing: Freezing
) -> Snapshot:
    """Freeze bars under the hash of their content; the same bars are frozen once."""
    return await freezing.freeze(workspace_id, body)
