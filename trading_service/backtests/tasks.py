"""Run a backtest: bars, sandbox, replay, artifacts, row. May run twice, may die half-way."""

import asyncio
from datetime import timedelta
from uuid import UUID

from data_service.contract.bars import BarsQuery, Snapshot
from logic_service.contract.executions import (
    Execution,
    ExecutionCreate,
    ExecutionLimits,
    SnapshotRef,
)
from shared.errors import NotFoundError
from shared.identity import Principal
from shared.ids import public_id
from shared.jobs.tasks import Task, task
from trading_service.backtests.results import Failure, Success
from trading_service.backtests.service import BacktestService
from trading_service.backtests.settle import settle
from trading_service.deps import TradingDeps
from trading_service.models import BacktestRow

_LONGEST_RUN = timedelta(minutes=30)
_CANCEL_POLL_S = 0.25
_PATIENCE_S = 10.0
"""How long a cancelled run may take to end; its child is killed in any case."""


@task("trading.run_backtest", queue="minutes", timeout=_LONGEST_RUN, max_tries=3)
async def run_backtest(deps: TradingDeps, backtest_id: UUID) -> None:
    """Take one backtest from queued to its end."""
    async with deps.units_of_work() as work:
        row = await BacktestService(work).start(backtest_id)
    if row is None:  # delivered twice, or canceled while queued
        return
    await deps.progress.tell(row)
    outcome = await _run_unless_cancelled(deps, row)
    async with deps.units_of_work() as work:
        ended = await BacktestService(work).finish(backtest_id, outcome)
    if ended is not None:
        await deps.progress.tell(ended)


async def give_up(deps: TradingDeps, backtest_id: UUID) -> None:
    """Tell the owner that every try has failed on our side."""
    failure = Failure.because(
        "crashed",
        "platform-failure",
        "the platform could not finish this run, which is not the strategy's fault",
        "run it again; if it fails again, tell whoever runs this platform",
    )
    async with deps.units_of_work() as work:
        ended = await BacktestService(work).finish(backtest_id, failure)
    if ended is not None:
        await deps.progress.tell(ended)


TASKS: tuple[Task, ...] = (run_backtest.when_given_up(give_up),)


async def _run_unless_cancelled(deps: TradingDeps, row: BacktestRow) -> Success | Failure:
    """Run, and stop the sandbox when the owner cancels meanwhile."""
    run = asyncio.create_task(_run(deps, row))
    watch = asyncio.create_task(_until_cancelled(deps, row.id))
    try:
        await asyncio.wait({run, watch}, return_when=asyncio.FIRST_COMPLETED)
        if run.done():
            return run.result()
        return Failure.because("killed", "cancelled", "cancelled by its owner")
    finally:
        for started in (run, watch):
            started.cancel()
        await asyncio.wait({run, watch}, timeout=_PATIENCE_S)


async def _until_cancelled(deps: TradingDeps, backtest_id: UUID) -> None:
    while True:
        await asyncio.sleep(_CANCEL_POLL_S)
        async with deps.units_of_work() as work:
            if await BacktestService(work).is_cancel_requested(backtest_id):
                return


async def _run(deps: TradingDeps, row: BacktestRow) -> Success | Failure:
    owner = Principal.service("trading", row.workspace_id)
    try:
        snapshots = [
            await deps.data.create_snapshot(owner, _bars_query(row, symbol))
            for symbol in row.symbols
        ]
    except NotFoundError as error:
        return Failure.because(
            "rejected", error.code, error.detail, "upload bars with POST /datasets/upload"
        )
    execution = await _execute(deps, row, snapshots)
    if execution.verdict != "ok" or execution.orders_sha256 is None:
        return await _keep_failure(deps, execution)
    return await settle(row, snapshots, execution, deps.objects)


async def _keep_failure(deps: TradingDeps, execution: Execution) -> Failure:
    """Keep the logs of a run that failed: its author needs them most."""
    problem = execution.problem
    return Failure(
        verdict=execution.verdict,
        problem=problem.model_dump() if problem else {},
        timings=execution.timings,
        artifacts={"logs": execution.logs_sha256} if execution.logs_sha256 else {},
    )


def _bars_query(row: BacktestRow, symbol: str) -> BarsQuery:
    return BarsQuery(symbol=symbol, timeframe=row.timeframe, start=row.start, end=row.end)


async def _execute(deps: TradingDeps, row: BacktestRow, snapshots: list[Snapshot]) -> Execution:
    request = ExecutionCreate(
        run_id=public_id("bt", row.id),
        version_id=row.version_id,
        snapshots=[SnapshotRef(sha256=item.sha256, symbol=item.symbol) for item in snapshots],
        config=row.config,
        params=row.params,
        limits=ExecutionLimits.model_validate(row.limits),
    )
    return await deps.logic.execute(Principal.service("trading", row.workspace_id), request)
