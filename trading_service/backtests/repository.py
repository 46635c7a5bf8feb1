"""SQL of backtests. Workspace first; ``lock`` is for tasks."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.http.pages import CursorSigner, PagedList, read_first_pages
from trading_service.contract.backtests import ACTIVE
from trading_service.models import BacktestRow

_NEWEST_FIRST = (
    select(BacktestRow)
    .where(BacktestRow.workspace_id == bindparam("workspace_id"))
    .order_by(BacktestRow.created_at.desc(), BacktestRow.id.desc())
)
_PAGES = PagedList(_NEWEST_FIRST)
_PAGES_OF_STRATEGY = PagedList(
    _NEWEST_FIRST.where(BacktestRow.strategy_id == bindparam("strategy_id"))
)


class BacktestRepository:
    """Rows of ``trading.backtests``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(
        self, workspace_id: UUID, backtest_id: UUID, *, lock: bool = False
    ) -> BacktestRow | None:
        """Return the workspace's backtest, or None."""
        query = select(BacktestRow).where(
            BacktestRow.workspace_id == workspace_id, BacktestRow.id == backtest_id
        )
        return await self._session.scalar(query.with_for_update() if lock else query)

    async def lock(self, backtest_id: UUID) -> BacktestRow | None:
        """Return the row for a task to change, locked until the transaction ends."""
        query = select(BacktestRow).where(BacktestRow.id == backtest_id).with_for_update()
        return await self._session.scalar(query)

    async def list(
        self,
        workspace_id: UUID,
        strategy_id: UUID | None,
        cursors: CursorSigner,
        cursor: str | None,
        limit: int,
    ) -> tuple[Sequence[BacktestRow], str | None]:
        """Return one page, newest first, and the cursor of the next."""
        owner = {"workspace_id": workspace_id}
        if strategy_id is None:
            return await _PAGES.read(self._session, cursors, cursor, limit, **owner)
        owner["strategy_id"] = strategy_id
        return await _PAGES_OF_STRATEGY.read(self._session, cursors, cursor, limit, **owner)

    async def list_first(
        self, workspace_id: UUID, strategy_ids: Sequence[UUID], cursors: CursorSigner, limit: int
    ) -> dict[UUID, tuple[Sequence[BacktestRow], str | None]]:
        """Return the first page of the backtests of every one of the strategies, newest first."""
        query = select(BacktestRow).where(
            BacktestRow.workspace_id == workspace_id, BacktestRow.strategy_id.in_(strategy_ids)
        )
        order = [BacktestRow.created_at, BacktestRow.id]
        return await read_first_pages(
            self._session, query, BacktestRow.strategy_id, order, cursors, limit
        )

    async def is_cancel_requested(self, backtest_id: UUID) -> bool:
        """Tell whether the owner wants the run to stop, or has deleted it."""
        query = select(BacktestRow.cancel_requested).where(BacktestRow.id == backtest_id)
        requested = await self._session.scalar(query)
        return requested is None or requested

    async def list_active(self, workspace_id: UUID) -> Sequence[UUID]:
        """Return what runs or waits, the newest first."""
        query = select(BacktestRow.id).where(
            BacktestRow.workspace_id == workspace_id, BacktestRow.status.in_(ACTIVE)
        )
        return (await self._session.scalars(query.order_by(BacktestRow.id.desc()))).all()

    async def usage(self, backtest_id: UUID) -> int | None:
        """Return the CPU milliseconds of an ended run."""
        return await self._session.scalar(
            select(BacktestRow.cpu_ms).where(BacktestRow.id == backtest_id)
        )

    async def delete(self, row: BacktestRow) -> None:
        """Delete the row."""
        await self._session.execute(delete(BacktestRow).where(BacktestRow.id == row.id))
