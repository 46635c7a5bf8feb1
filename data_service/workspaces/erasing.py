"""Delete the bars of a workspace: they name their series only, which its datasets name."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from data_service.bars.repository import BarRepository
from data_service.deps import DataDeps
from data_service.models import DatasetRow
from shared.unit_of_work import UnitOfWork


async def erase_bars(deps: DataDeps, work: UnitOfWork, workspace_id: UUID) -> Mapping[str, int]:
    """Delete all bars of a workspace, before the datasets that lead to them; return how many."""
    tier = await deps.storage.tier(work.session)
    bars = BarRepository(work.session, tier)
    query = select(DatasetRow).where(DatasetRow.workspace_id == workspace_id).with_for_update()
    count = 0
    for dataset in (await work.session.scalars(query)).all():
        await bars.delete(dataset.series)
        count += dataset.bar_count
    return {"bars": count}
