"""SQL of versions. Workspace first; versions of deleted strategies do not exist."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from logic_service.models import StrategyRow, VersionRow
from shared.http.pages import CursorSigner, PagedList, read_first_pages


class VersionRepository:
    """Rows of ``logic.versions``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: VersionRow) -> None:
        """Insert a row; what the database fills in is read back."""
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)

    async def find(self, workspace_id: UUID, version_id: UUID) -> VersionRow | None:
        """Return the workspace's version, or None."""
        return await self._session.scalar(_of(workspace_id).where(VersionRow.id == version_id))

    async def find_many(self, workspace_id: UUID, ids: Sequence[UUID]) -> Sequence[VersionRow]:
        """Return those of ``ids`` that the workspace has."""
        query = _of(workspace_id).where(VersionRow.id.in_(ids))
        return (await self._session.scalars(query)).all()

    async def find_number(
        self, workspace_id: UUID, strategy_id: UUID, number: int
    ) -> VersionRow | None:
        """Return one version of a strategy by its number, or None."""
        query = _of(workspace_id).where(
            VersionRow.strategy_id == strategy_id, VersionRow.number == number
        )
        return await self._session.scalar(query)

    async def find_source(
        self, workspace_id: UUID, strategy_id: UUID, sha256: str
    ) -> VersionRow | None:
        """Return the version of a strategy that has this very source, or None."""
        query = _of(workspace_id).where(
            VersionRow.strategy_id == strategy_id, VersionRow.sha256 == sha256
        )
        return await self._session.scalar(query)

    async def list(
        self,
        workspace_id: UUID,
        strategy_id: UUID,
        cursors: CursorSigner,
        cursor: str | None,
        limit: int,
    ) -> tuple[Sequence[VersionRow], str | None]:
        """Return one page, newest first, and the cursor of the next."""
        owner = {"workspace_id": workspace_id, "strategy_id": strategy_id}
        return await _PAGES.read(self._session, cursors, cursor, limit, **owner)

    async def list_first(
        self, workspace_id: UUID, strategy_ids: Sequence[UUID], cursors: CursorSigner, limit: int
    ) -> dict[UUID, tuple[Sequence[VersionRow], str | None]]:
        """Return the first page of every one of the strategies' versions, newest first."""
        query = _of(workspace_id).where(VersionRow.strategy_id.in_(strategy_ids))
        return await read_first_pages(
            self._session, query, VersionRow.strategy_id, [VersionRow.number], cursors, limit
        )


def _of(workspace_id: UUID | BindParameter[UUID]) -> Select[VersionRow]:
    return (
        select(VersionRow)
        .join(StrategyRow, StrategyRow.id == VersionRow.strategy_id)
        .where(VersionRow.workspace_id == workspace_id, StrategyRow.deleted_at.is_(None))
    )


_PAGES = PagedList(
    _of(bindparam("workspace_id"))
    .where(VersionRow.strategy_id == bindparam("strategy_id"))
    .order_by(VersionRow.number.desc())
)
