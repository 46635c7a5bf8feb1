"""SQL of datasets and their uploads. Workspace first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncSession

from data_service.models import DatasetRow, UploadRow
from shared.http.pages import CursorSigner, PagedList
from shared.ids import new_id

UPLOADS_SHOWN = 20


class DatasetRepository:
    """Rows of ``data.datasets`` and ``data.uploads``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(
        self, workspace_id: UUID, dataset_id: UUID, *, lock: bool = False
    ) -> DatasetRow | None:
        """Return the workspace's dataset, or None; ``lock`` it until the transaction ends."""
        query = _of(workspace_id).where(DatasetRow.id == dataset_id)
        return await self._session.scalar(query.with_for_update() if lock else query)

    async def find_symbol(
        self, workspace_id: UUID, symbol: str, *, steady: bool = False
    ) -> Sequence[DatasetRow]:
        """Return the datasets of a symbol, one for each timeframe.

        ``steady`` keeps uploads out until the transaction ends, so that the rows and the bars
        that are read after them belong together.
        """
        query = _of(workspace_id).where(DatasetRow.symbol == symbol).order_by(DatasetRow.id)
        if steady:
            query = query.with_for_update(read=True)
        return (await self._session.scalars(query)).all()

    async def obtain(
        self, workspace_id: UUID, symbol: str, timeframe: str, start: datetime, end: datetime
    ) -> DatasetRow:
        """Return the dataset, made if need be, locked until the transaction ends."""
        key = {"workspace_id": workspace_id, "symbol": symbol, "timeframe": timeframe}
        fresh = {"id": new_id(), "version": 0, "bar_count": 0, "start": start, "end": end}
        await self._session.execute(
            insert(DatasetRow).values(**key, **fresh).on_conflict_do_nothing()
        )
        query = select(DatasetRow).filter_by(**key).with_for_update()
        return (await self._session.scalars(query)).one()

    async def list(
        self, workspace_id: UUID, cursors: CursorSigner, cursor: str | None, limit: int
    ) -> tuple[Sequence[DatasetRow], str | None]:
        """Return one page, newest first (ids grow with time), and the cursor of the next."""
        return await _PAGES.read(self._session, cursors, cursor, limit, workspace_id=workspace_id)

    async def list_symbols(
        self, workspace_id: UUID, after: str | None, limit: int
    ) -> Sequence[tuple[Any, ...]]:
        """Return up to ``limit`` rows ``(symbol, timeframes, bar_count, start, end)``.

        Symbols are those behind ``after``, each over all its timeframes.
        """
        query = (
            select(
                DatasetRow.symbol,
                func.array_agg(aggregate_order_by(DatasetRow.timeframe, DatasetRow.id)),
                func.sum(DatasetRow.bar_count),
                func.min(DatasetRow.start),
                func.max(DatasetRow.end),
            )
            .where(DatasetRow.workspace_id == workspace_id)
            .group_by(DatasetRow.symbol)
            .order_by(DatasetRow.symbol)
            .limit(limit)
        )
        if after is not None:
            query = query.where(DatasetRow.symbol > after)
        return [tuple(row) for row in await self._session.execute(query)]

    async def list_uploads(self, dataset_id: UUID) -> Sequence[UploadRow]:
        """Return a dataset's newest uploads."""
        query = select(UploadRow).where(UploadRow.dataset_id == dataset_id)
        query = query.order_by(UploadRow.version.desc()).limit(UPLOADS_SHOWN)
        return (await self._session.scalars(query)).all()

    async def find_upload(self, dataset_id: UUID, version: int) -> UploadRow | None:
        """Return the upload that made a version of a dataset, or None."""
        query = select(UploadRow).where(
            UploadRow.dataset_id == dataset_id, UploadRow.version == version
        )
        return await self._session.scalar(query)

    async def add_upload(self, row: UploadRow) -> None:
        """Insert an upload; what the database fills in is read back."""
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)

    async def touch(self, row: DatasetRow) -> None:
        """Write the row's changes."""
        row.updated_at = func.now()
        await self._session.flush()
        await self._session.refresh(row)

    async def delete(self, row: DatasetRow) -> None:
        """Delete the row, its uploads and what is known of its snapshots."""
        await self._session.execute(delete(DatasetRow).where(DatasetRow.id == row.id))


def _of(workspace_id: UUID | BindParameter[UUID]) -> Select[DatasetRow]:
    return select(DatasetRow).where(DatasetRow.workspace_id == workspace_id)


_PAGES = PagedList(_of(bindparam("workspace_id")).order_by(DatasetRow.id.desc()))
