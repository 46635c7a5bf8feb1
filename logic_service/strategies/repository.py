"""SQL of strategies. Workspace first; deleted ones do not exist."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from logic_service.models import StrategyRow
from shared.http.pages import CursorSigner, PagedList


class StrategyRepository:
    """Rows of ``logic.strategies``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: StrategyRow) -> None:
        """Insert a row; what the database fills in is read back."""
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)

    async def find(
        self, workspace_id: UUID, strategy_id: UUID, *, lock: bool = False
    ) -> StrategyRow | None:
        """Return the workspace's strategy, or None; ``lock`` it until the transaction ends."""
        query = _of(workspace_id).where(StrategyRow.id == strategy_id)
        return await self._session.scalar(query.with_for_update() if lock else query)

    async def find_many(self, workspace_id: UUID, ids: Sequence[UUID]) -> Sequence[StrategyRow]:
        """Return those of ``ids`` that the workspace has."""
        query = _of(workspace_id).where(StrategyRow.id.in_(ids))
        return (await self._session.scalars(query)).all()

    async def list(
        self, workspace_id: UUID, cursors: CursorSigner, cursor: str | None, limit: int
    ) -> tuple[Sequence[StrategyRow], str | None]:
        """Return one page, newest first (ids grow with time), and the cursor of the next."""
        return await _PAGES.read(self._session, cursors, cursor, limit, workspace_id=workspace_id)

    async def touch(self, row: StrategyRow) -> None:
        """Write the row's changes as a new revision."""
        row.revision += 1
        row.updated_at = func.now()
        await self._session.flush()
        await self._session.refresh(row)


def _of(workspace_id: UUID | BindParameter[UUID]) -> Select[StrategyRow]:
    return select(StrategyRow).where(
        StrategyRow.workspace_id == workspace_id, StrategyRow.deleted_at.is_(None)
    )


_PAGES = PagedList(_of(bindparam("workspace_id")).order_by(StrategyRow.id.desc()))
