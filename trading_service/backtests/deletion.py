"""Delete a backtest, but not what it has used."""

from dataclasses import dataclass
from uuid import UUID

from trading_service.backtests.service import BacktestService
from trading_service.backtests.usage import settle_run
from trading_service.deps import TradingDeps


@dataclass(frozen=True, slots=True)
class BacktestDeletion:
    """The use case behind ``DELETE /backtests/{id}``."""

    deps: TradingDeps

    async def delete(self, workspace_id: UUID, backtest_id: UUID) -> None:
        """Delete an ended backtest. Raises BacktestNotFoundError, BacktestStillActiveError.

        Its use of the day's allowance is counted first: the task that does so reads the row.
        """
        async with self.deps.units_of_work(workspace_id) as work:
            row = await BacktestService(work).get(workspace_id, backtest_id)
        if row.cpu_ms is not None:
            await settle_run(self.deps.auth, row.id, row.cpu_ms)
        async with self.deps.units_of_work(workspace_id) as work:
            await BacktestService(work).delete(workspace_id, backtest_id)
