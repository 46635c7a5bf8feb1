"""Freeze bars: read once, named by their content, never changed."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from data_service.bars.repository import BarRepository, Columns, instant
from data_service.contract.bars import BarsQuery, Snapshot, snapshot_key
from data_service.contract.errors import BarsNotFoundError
from data_service.datasets.service import DatasetService, Source
from data_service.deps import DataDeps
from data_service.domain.resampling import resample
from data_service.models import DatasetRow, SnapshotRow
from data_service.snapshots.repository import SnapshotRepository
from naru.bars import Bars
from shared.bar_files import write_bars
from shared.logging import get_logger

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Range:
    """Instants asked for, cut to what the dataset has: ``start`` inclusive, ``end`` exclusive."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class SnapshotFreezing:
    """The use case behind ``POST /internal/snapshots``."""

    deps: DataDeps

    async def freeze(self, workspace_id: UUID, query: BarsQuery) -> Snapshot:
        """Return the snapshot of the bars that a query names, made if need be.

        Raises SymbolNotFoundError, TimeframeRequiredError, BarsNotFoundError.
        """
        async with self.deps.units_of_work(workspace_id) as work:
            tier = await self.deps.storage.tier(work.session)
            # Uploads wait until the bars are read: they belong to the version in the row.
            source = await DatasetService(work, tier).choose(
                workspace_id, query.symbol, query.timeframe, steady=True
            )
            span = _cut(query, source.dataset)
            known = await SnapshotRepository(work.session).find(
                source.dataset, source.timeframe, span.start, span.end
            )
            if known is not None and await self.deps.objects.exists(
                snapshot_key(workspace_id, known.sha256)
            ):
                return _present(known, query.symbol)
            columns = await BarRepository(work.session, tier).read(
                source.dataset.series, span.start, span.end
            )
        return await self._keep(source, span, columns)

    async def _keep(self, source: Source, span: Range, columns: Columns) -> Snapshot:
        dataset = source.dataset
        if not len(columns["ts"]):
            raise BarsNotFoundError(f"{dataset.symbol} has no bars in this range")
        bars, sha256, data = await asyncio.to_thread(_encode, source, columns)
        key = snapshot_key(dataset.workspace_id, sha256)
        if not await self.deps.objects.exists(key):
            await self.deps.objects.put(key, data)
        snapshot = Snapshot(
            sha256=sha256,
            symbol=dataset.symbol,
            timeframe=source.timeframe,
            bar_count=len(bars),
            start=instant(bars.ts[0]),
            end=instant(bars.ts[-1]),
        )
        async with self.deps.units_of_work(dataset.workspace_id) as work:
            await SnapshotRepository(work.session).remember(
                dataset,
                dataset_version=dataset.version,
                range_start=span.start,
                range_end=span.end,
                **snapshot.model_dump(exclude={"symbol"}),
            )
        log.info("snapshot.created", sha256=sha256, bars=len(bars))
        return snapshot


def _cut(query: BarsQuery, dataset: DatasetRow) -> Range:
    start = max(query.start or dataset.start, dataset.start)
    past_last = dataset.end + timedelta(microseconds=1)
    return Range(start, max(start, min(query.end or past_last, past_last)))


def _encode(source: Source, columns: Columns) -> tuple[Bars, str, bytes]:
    bars = Bars(source.dataset.symbol, source.dataset.timeframe, **columns)
    if source.ratio > 1:
        bars = resample(bars, source.timeframe)
    return bars, bars.sha256(), write_bars(bars)


def _present(row: SnapshotRow, symbol: str) -> Snapshot:
    return Snapshot(
        sha256=row.sha256,
        symbol=symbol,
        timeframe=row.timeframe,
        bar_count=row.bar_count,
        start=row.start,
        end=row.end,
    )
