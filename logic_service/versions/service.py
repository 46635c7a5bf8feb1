"""The rules of versions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from logic_service.contract.errors import VersionNotFoundError
from logic_service.contract.events import VersionCreated
from logic_service.models import StrategyRow, VersionRow
from logic_service.strategies.service import StrategyService
from logic_service.versions.repository import VersionRepository
from shared.http.pages import CursorSigner
from shared.ids import new_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)


class VersionService:
    """Versions of one workspace's strategies, within one transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._versions = VersionRepository(work.session)
        self._strategies = StrategyService(work)

    async def get(self, workspace_id: UUID, version_id: UUID) -> VersionRow:
        """Return one version by its id. Raises VersionNotFoundError."""
        row = await self._versions.find(workspace_id, version_id)
        if row is None:
            raise VersionNotFoundError
        return row

    async def find_many(self, workspace_id: UUID, ids: Sequence[UUID]) -> Sequence[VersionRow]:
        """Return those of ``ids`` that the workspace has."""
        return await self._versions.find_many(workspace_id, ids)

    async def get_number(self, workspace_id: UUID, strategy_id: UUID, number: int) -> VersionRow:
        """Return one version. Raises StrategyNotFoundError, VersionNotFoundError."""
        row = await self._versions.find_number(workspace_id, strategy_id, number)
        if row is None:
            await self._strategies.get(workspace_id, strategy_id)
            raise VersionNotFoundError(f"the strategy has no version {number}")
        return row

    async def list(
        self,
        workspace_id: UUID,
        strategy_id: UUID,
        cursors: CursorSigner,
        cursor: str | None,
        limit: int,
    ) -> tuple[Sequence[VersionRow], str | None]:
        """Return one page, newest first. Raises StrategyNotFoundError."""
        await self._strategies.get(workspace_id, strategy_id)
        return await self._versions.list(workspace_id, strategy_id, cursors, cursor, limit)

    async def list_first(
        self, workspace_id: UUID, strategy_ids: Sequence[UUID], cursors: CursorSigner, limit: int
    ) -> dict[UUID, tuple[Sequence[VersionRow], str | None]]:
        """Return the first page of every one of the strategies' versions, newest first."""
        return await self._versions.list_first(workspace_id, strategy_ids, cursors, limit)

    async def find_again(
        self, workspace_id: UUID, strategy_id: UUID, sha256: str
    ) -> VersionRow | None:
        """Make the version that has this very source current, if there is one, and return it.

        Raises StrategyNotFoundError.
        """
        strategy = await self._strategies.lock(workspace_id, strategy_id)
        row = await self._versions.find_source(workspace_id, strategy_id, sha256)
        if row is not None:
            await self._strategies.make_current(strategy, row)
        return row

    async def add(
        self, workspace_id: UUID, strategy_id: UUID, sha256: str, **content: Any
    ) -> tuple[VersionRow, bool]:
        """Number and store a version, make it current, and tell; return it and whether it is new.

        ``content`` holds the other columns. Raises StrategyNotFoundError.
        """
        strategy = await self._strategies.lock(workspace_id, strategy_id)
        known = await self._versions.find_source(workspace_id, strategy_id, sha256)
        if known is not None:  # the same upload, twice at once
            await self._strategies.make_current(strategy, known)
            return known, False
        return await self._add_to(strategy, sha256, content), True

    async def _add_to(
        self, strategy: StrategyRow, sha256: str, content: dict[str, Any]
    ) -> VersionRow:
        row = VersionRow(
            id=new_id(),
            workspace_id=strategy.workspace_id,
            strategy_id=strategy.id,
            number=strategy.latest_number + 1,
            sha256=sha256,
            **content,
        )
        await self._versions.add(row)
        await self._strategies.make_current(strategy, row)
        self._work.emit(
            VersionCreated(
                workspace_id=row.workspace_id,
                strategy_id=row.strategy_id,
                version_id=row.id,
                number=row.number,
                sha256=row.sha256,
                strategy_name=row.strategy_name,
                style=row.style,
            )
        )
        log.info("version.created", version_id=str(row.id), number=row.number)
        return row

    async def rollback(self, workspace_id: UUID, strategy_id: UUID, number: int) -> StrategyRow:
        """Make a version current. Raises StrategyNotFoundError, VersionNotFoundError."""
        strategy = await self._strategies.lock(workspace_id, strategy_id)
        version = await self.get_number(workspace_id, strategy_id, number)
        await self._strategies.make_current(strategy, version)
        log.info("strategy.rolled_back", strategy_id=str(strategy_id), number=number)
        return strategy
