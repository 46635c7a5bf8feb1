"""SQL of snapshots: what has been frozen already."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from data_service.models import DatasetRow, SnapshotRow
from shared.ids import new_id


class SnapshotRepository:
    """Rows of ``data.snapshots``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(
        self, dataset: DatasetRow, timeframe: str, range_start: datetime, range_end: datetime
    ) -> SnapshotRow | None:
        """Return what is known of a range of the dataset's present version."""
        query = select(SnapshotRow).where(
            SnapshotRow.dataset_id == dataset.id,
            SnapshotRow.dataset_version == dataset.version,
            SnapshotRow.timeframe == timeframe,
            SnapshotRow.range_start == range_start,
            SnapshotRow.range_end == range_end,
        )
        return await self._session.scalar(query)

    async def remember(self, dataset: DatasetRow, **columns: Any) -> None:
        """Insert a row; nothing happens when it is there, or when the dataset has gone."""
        still_there = await self._session.scalar(
            select(DatasetRow.id).where(DatasetRow.id == dataset.id).with_for_update(read=True)
        )
        if still_there is None:
            return
        row = {"id": new_id(), "workspace_id": dataset.workspace_id, "dataset_id": dataset.id}
        await self._session.execute(
            insert(SnapshotRow).values(**row, **columns).on_conflict_do_nothing()
        )
