"""Judge a dataset by its stored bars."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from data_service.bars.repository import BarRepository, Columns
from data_service.contract.datasets import DatasetQuality, DatasetUpload, Quality
from data_service.datasets.quality import present_quality
from data_service.datasets.service import DatasetService
from data_service.deps import DataDeps
from naru.bars import Bars
from shared.bar_files.quality import report_on


@dataclass(frozen=True, slots=True)
class DatasetJudging:
    """The use case behind ``GET /datasets/{id}/quality``."""

    deps: DataDeps

    async def judge(self, workspace_id: UUID, dataset_id: UUID) -> DatasetQuality:
        """Return how complete the dataset is. Raises DatasetNotFoundError."""
        async with self.deps.units_of_work(workspace_id) as work:
            tier = await self.deps.storage.tier(work.session)
            datasets = DatasetService(work, tier)
            row = await datasets.get(workspace_id, dataset_id)
            uploads = await datasets.list_uploads(row)
            end = row.end + timedelta(microseconds=1)
            columns = await BarRepository(work.session, tier).read(row.series, row.start, end)
        return DatasetQuality(
            dataset_id=row.id,
            version=row.version,
            quality=await asyncio.to_thread(_judge, row.symbol, row.timeframe, columns),
            uploads=[DatasetUpload.model_validate(upload) for upload in uploads],
        )


def _judge(symbol: str, timeframe: str, columns: Columns) -> Quality:
    bars = Bars(symbol, timeframe, **columns)
    return present_quality(report_on(bars, len(bars), 0, 0))
