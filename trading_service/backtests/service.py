"""What may happen to a backtest, and when."""

from collections.abc import Sequence
from uuid import UUID

from auth_service.contract.plans import Plan
from shared.clock import utc_now
from shared.http.pages import CursorSigner
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork
from trading_service.backtests.admission import Admission
from trading_service.backtests.repository import BacktestRepository
from trading_service.backtests.results import Failure, Success
from trading_service.contract.backtests import ACTIVE
from trading_service.contract.errors import BacktestNotFoundError, BacktestStillActiveError
from trading_service.contract.events import BacktestFailed, BacktestFinished, BacktestQueued
from trading_service.models import BacktestRow

log = get_logger(__name__)


class BacktestService:
    """Decisions about backtests, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._backtests = BacktestRepository(work.session)
        self._admission = Admission(work)

    async def create(self, row: BacktestRow, plan: Plan) -> BacktestRow:
        """Store a checked request; it runs once the plan has a place for it.

        Raises QuotaExceededError when too many wait already.
        """
        await self._admission.enter(row, plan)
        await self._work.session.refresh(row)
        self._work.emit(
            BacktestQueued(
                workspace_id=row.workspace_id,
                backtest_id=row.id,
                strategy_name=row.strategy_name,
                symbols=row.symbols,
            )
        )
        log.info("backtest.queued", backtest_id=str(row.id), version_id=str(row.version_id))
        return row

    async def get(self, workspace_id: UUID, backtest_id: UUID) -> BacktestRow:
        """Return one backtest. Raises BacktestNotFoundError, for others' backtests too."""
        row = await self._backtests.find(workspace_id, backtest_id)
        if row is None:
            raise BacktestNotFoundError
        return row

    async def list(
        self,
        workspace_id: UUID,
        strategy_id: UUID | None,
        cursors: CursorSigner,
        cursor: str | None,
        limit: int,
    ) -> tuple[Sequence[BacktestRow], str | None]:
        """Return one page of the workspace's backtests, newest first."""
        return await self._backtests.list(workspace_id, strategy_id, cursors, cursor, limit)

    async def list_first(
        self, workspace_id: UUID, strategy_ids: Sequence[UUID], cursors: CursorSigner, limit: int
    ) -> dict[UUID, tuple[Sequence[BacktestRow], str | None]]:
        """Return the first page of the backtests of every one of the strategies, newest first."""
        return await self._backtests.list_first(workspace_id, strategy_ids, cursors, limit)

    async def cancel(self, workspace_id: UUID, backtest_id: UUID) -> BacktestRow:
        """Stop a backtest that has not ended; idempotent."""
        row = await self._backtests.find(workspace_id, backtest_id, lock=True)
        if row is None:
            raise BacktestNotFoundError
        if row.status in ACTIVE:
            row.cancel_requested = True
        if row.status == "queued":
            self._end_cancelled(row)
            await self._end(row, 0)
        return row

    async def list_active(self, workspace_id: UUID) -> Sequence[UUID]:
        """Return what runs or waits, the newest first."""
        return await self._backtests.list_active(workspace_id)

    async def delete(self, workspace_id: UUID, backtest_id: UUID) -> None:
        """Delete an ended backtest. Raises BacktestStillActiveError while it is not."""
        row = await self._backtests.find(workspace_id, backtest_id, lock=True)
        if row is None:
            raise BacktestNotFoundError
        if row.status in ACTIVE:
            raise BacktestStillActiveError
        await self._backtests.delete(row)
        log.info("backtest.deleted", backtest_id=str(row.id))

    async def start(self, backtest_id: UUID) -> BacktestRow | None:
        """Mark the run as begun; None when there is nothing (more) to run."""
        row = await self._backtests.lock(backtest_id)
        if row is None or row.status not in ACTIVE:
            return None
        if row.cancel_requested:
            self._end_cancelled(row)
            await self._end(row, 0)
            return None
        row.status = "running"
        row.started_at = utc_now()
        return row

    async def usage(self, backtest_id: UUID) -> int | None:
        """Return what an ended run came to in CPU milliseconds; None for others."""
        return await self._backtests.usage(backtest_id)

    async def is_cancel_requested(self, backtest_id: UUID) -> bool:
        """Tell whether the run should stop."""
        return await self._backtests.is_cancel_requested(backtest_id)

    async def finish(self, backtest_id: UUID, outcome: Success | Failure) -> BacktestRow | None:
        """Keep how a run ended; None when it has been ended or deleted meanwhile."""
        row = await self._backtests.lock(backtest_id)
        if row is None or row.status not in ACTIVE:
            return None
        if row.cancel_requested:
            self._end_cancelled(row)
        elif isinstance(outcome, Success):
            self._succeed(row, outcome)
        else:
            self._fail(row, outcome)
        await self._end(row, outcome.cpu_ms)
        return row

    async def _end(self, row: BacktestRow, cpu_ms: int) -> None:
        """Let the next one in, and have counted what this one came to."""
        row.cpu_ms = cpu_ms
        await self._work.enqueue(
            "trading.settle_usage", row.id, workspace_id=row.workspace_id, request_id=row.request_id
        )
        await self._admission.leave(row.workspace_id)

    def _succeed(self, row: BacktestRow, outcome: Success) -> None:
        row.status, row.verdict, row.finished_at = "finished", "ok", utc_now()
        row.metrics, row.receipt = outcome.metrics, outcome.receipt
        row.timings, row.artifacts = outcome.timings, outcome.artifacts
        row.snapshots = outcome.snapshots
        self._work.emit(
            BacktestFinished(
                workspace_id=row.workspace_id,
                backtest_id=row.id,
                strategy_name=row.strategy_name,
                symbols=row.symbols,
                metrics=outcome.metrics,
            )
        )
        log.info("backtest.finished", backtest_id=str(row.id), timings=outcome.timings)

    def _fail(self, row: BacktestRow, failure: Failure) -> None:
        row.status, row.verdict, row.finished_at = "failed", failure.verdict, utc_now()
        row.problem, row.timings = failure.problem, failure.timings
        row.artifacts = failure.artifacts
        self._work.emit(
            BacktestFailed(
                workspace_id=row.workspace_id,
                backtest_id=row.id,
                strategy_name=row.strategy_name,
                symbols=row.symbols,
                verdict=failure.verdict,
                problem=failure.problem,
            )
        )
        log.info("backtest.failed", backtest_id=str(row.id), verdict=failure.verdict)

    def _end_cancelled(self, row: BacktestRow) -> None:
        row.status, row.finished_at = "cancelled", utc_now()
        log.info("backtest.cancelled", backtest_id=str(row.id))
