"""The rules of datasets."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from data_service.bars.repository import BarRepository, instant
from data_service.contract.errors import (
    BarsNotFoundError,
    DatasetNotFoundError,
    SymbolNotFoundError,
    TimeframeRequiredError,
)
from data_service.contract.events import DatasetDeleted, DatasetUploaded
from data_service.datasets.repository import DatasetRepository
from data_service.domain.resampling import ratio
from data_service.models import DatasetRow, UploadRow
from data_service.storage.tiers import StorageTier
from naru.bars import Bars, timeframe_ns
from shared.bar_files import QualityReport
from shared.errors import FieldProblem
from shared.http.pages import CursorSigner
from shared.ids import new_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Where bars at a timeframe come from.

    ratio   how many of the dataset's bars make one at most; 1 when they are taken as they are
    """

    dataset: DatasetRow
    timeframe: str
    ratio: int


class DatasetService:
    """Datasets of one workspace, within one transaction."""

    def __init__(self, work: UnitOfWork, tier: StorageTier) -> None:
        self._work = work
        self._datasets = DatasetRepository(work.session)
        self._bars = BarRepository(work.session, tier)

    async def get(self, workspace_id: UUID, dataset_id: UUID) -> DatasetRow:
        """Return one dataset. Raises DatasetNotFoundError."""
        row = await self._datasets.find(workspace_id, dataset_id)
        if row is None:
            raise DatasetNotFoundError
        return row

    async def list(
        self, workspace_id: UUID, cursors: CursorSigner, cursor: str | None, limit: int
    ) -> tuple[Sequence[DatasetRow], str | None]:
        """Return one page, newest first, and the cursor of the next."""
        return await self._datasets.list(workspace_id, cursors, cursor, limit)

    async def list_uploads(self, row: DatasetRow) -> Sequence[UploadRow]:
        """Return a dataset's newest uploads."""
        return await self._datasets.list_uploads(row.id)

    async def choose(
        self, workspace_id: UUID, symbol: str, timeframe: str | None, *, steady: bool = False
    ) -> Source:
        """Return where a symbol's bars at a timeframe come from.

        That is the dataset at this timeframe, else the slowest that such bars can be made of;
        without a timeframe the only dataset there is. ``steady`` keeps uploads out until the
        transaction ends. Raises SymbolNotFoundError, TimeframeRequiredError, BarsNotFoundError.
        """
        rows = await self._datasets.find_symbol(workspace_id, symbol, steady=steady)
        if not rows:
            raise SymbolNotFoundError(f"there are no bars of {symbol}")
        known = ", ".join(row.timeframe for row in rows)
        if timeframe is None:
            if len(rows) > 1:
                message = f"{symbol} has bars at {known}: name one"
                problem = FieldProblem("/timeframe", "timeframe-required", message)
                raise TimeframeRequiredError(message, errors=[problem])
            return Source(rows[0], rows[0].timeframe, 1)
        fitting = [row for row in rows if row.timeframe == timeframe] or [
            row for row in rows if ratio(row.timeframe, timeframe)
        ]
        if not fitting:
            raise BarsNotFoundError(f"{symbol} has bars at {known}; {timeframe} is not among them")
        slowest = max(fitting, key=lambda row: timeframe_ns(row.timeframe))
        return Source(slowest, timeframe, ratio(slowest.timeframe, timeframe) or 1)

    async def store(
        self, workspace_id: UUID, bars: Bars, sha256: str, report: QualityReport
    ) -> tuple[DatasetRow, UploadRow]:
        """Put bars into their dataset, in the place of what lay between their first and last.

        All of them or none; uploads to the same dataset wait for each other. The bars of the last
        upload, sent once more, change nothing: the answer is that upload.
        """
        first, last = instant(bars.ts[0]), instant(bars.ts[-1])
        dataset = await self._datasets.obtain(
            workspace_id, bars.symbol, bars.timeframe, first, last
        )
        newest = await self._datasets.find_upload(dataset.id, dataset.version)
        if newest is not None and newest.sha256 == sha256:
            return dataset, newest
        replaced = await self._bars.replace(dataset.series, bars)
        dataset.version += 1
        dataset.bar_count += len(bars) - replaced
        dataset.start, dataset.end = min(dataset.start, first), max(dataset.end, last)
        await self._datasets.touch(dataset)
        upload = UploadRow(
            id=new_id(),
            workspace_id=workspace_id,
            dataset_id=dataset.id,
            version=dataset.version,
            sha256=sha256,
            row_count=report.rows,
            bar_count=len(bars),
            repeated_count=report.repeated_rows,
            contradicting_count=report.contradicting_rows,
            replaced_count=replaced,
            start=first,
            end=last,
        )
        await self._datasets.add_upload(upload)
        self._tell(dataset)
        log.info("dataset.uploaded", dataset_id=str(dataset.id), bars=len(bars), replaced=replaced)
        return dataset, upload

    async def delete(self, workspace_id: UUID, dataset_id: UUID) -> None:
        """Delete a dataset and its bars. Raises DatasetNotFoundError."""
        row = await self._datasets.find(workspace_id, dataset_id, lock=True)
        if row is None:
            raise DatasetNotFoundError
        await self._bars.delete(row.series)
        await self._datasets.delete(row)
        self._work.emit(
            DatasetDeleted(
                workspace_id=workspace_id,
                dataset_id=row.id,
                symbol=row.symbol,
                timeframe=row.timeframe,
            )
        )
        log.info("dataset.deleted", dataset_id=str(dataset_id))

    def _tell(self, dataset: DatasetRow) -> None:
        self._work.emit(
            DatasetUploaded(
                workspace_id=dataset.workspace_id,
                dataset_id=dataset.id,
                symbol=dataset.symbol,
                timeframe=dataset.timeframe,
                version=dataset.version,
                start=dataset.start,
                end=dataset.end,
                bar_count=dataset.bar_count,
            )
        )
