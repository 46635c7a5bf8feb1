"""The rules of strategies."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func

from logic_service.contract.errors import StrategyNotFoundError
from logic_service.contract.strategies import StrategyCreate, StrategyUpdate
from logic_service.models import StrategyRow, VersionRow
from logic_service.strategies.repository import StrategyRepository
from shared.http.pages import CursorSigner
from shared.http.preconditions import Precondition
from shared.ids import new_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)


class StrategyService:
    """Strategies of one workspace, within one transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._strategies = StrategyRepository(work.session)

    async def create(
        self, workspace_id: UUID, request: StrategyCreate, *, forked_from: UUID | None = None
    ) -> StrategyRow:
        """Add a strategy without versions."""
        row = StrategyRow(
            id=new_id(),
            workspace_id=workspace_id,
            name=request.name,
            description=request.description,
            forked_from_version_id=forked_from,
        )
        await self._strategies.add(row)
        log.info("strategy.created", strategy_id=str(row.id))
        return row

    async def get(self, workspace_id: UUID, strategy_id: UUID) -> StrategyRow:
        """Return one strategy. Raises StrategyNotFoundError."""
        row = await self._strategies.find(workspace_id, strategy_id)
        if row is None:
            raise StrategyNotFoundError
        return row

    async def lock(self, workspace_id: UUID, strategy_id: UUID) -> StrategyRow:
        """Return one strategy, locked until the transaction ends. Raises StrategyNotFoundError."""
        row = await self._strategies.find(workspace_id, strategy_id, lock=True)
        if row is None:
            raise StrategyNotFoundError
        return row

    async def find_many(self, workspace_id: UUID, ids: Sequence[UUID]) -> Sequence[StrategyRow]:
        """Return those of ``ids`` that the workspace has."""
        return await self._strategies.find_many(workspace_id, ids)

    async def list(
        self, workspace_id: UUID, cursors: CursorSigner, cursor: str | None, limit: int
    ) -> tuple[Sequence[StrategyRow], str | None]:
        """Return one page, newest first, and the cursor of the next."""
        return await self._strategies.list(workspace_id, cursors, cursor, limit)

    async def update(
        self,
        workspace_id: UUID,
        strategy_id: UUID,
        request: StrategyUpdate,
        precondition: Precondition,
    ) -> StrategyRow:
        """Change name or description. Raises PreconditionFailedError when somebody was faster."""
        row = await self.lock(workspace_id, strategy_id)
        precondition.check(row.revision)
        row.name = request.name or row.name
        if request.description is not None:
            row.description = request.description
        await self._strategies.touch(row)
        log.info("strategy.updated", strategy_id=str(row.id))
        return row

    async def make_current(self, row: StrategyRow, version: VersionRow) -> None:
        """Let a version be the one that runs by default."""
        if row.current_version_id == version.id:
            return
        row.current_version_id = version.id
        row.current_number = version.number
        row.latest_number = max(row.latest_number, version.number)
        await self._strategies.touch(row)

    async def delete(self, workspace_id: UUID, strategy_id: UUID) -> None:
        """Hide the strategy and its versions; results that name them stay verifiable."""
        row = await self.lock(workspace_id, strategy_id)
        row.deleted_at = func.now()
        await self._strategies.touch(row)
        log.info("strategy.deleted", strategy_id=str(row.id))
