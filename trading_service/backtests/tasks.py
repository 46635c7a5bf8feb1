"""Run a backtest: bars, sandbox, replay, artifacts, row. May run twice, may die half-way."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import stamina

from data_service.contract.bars import BarsQuery, Snapshot
from logic_service.contract.errors import SandboxBusyError
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
from trading_service.backtests.admission import Admission
from trading_service.backtests.results import Failure, Success
from trading_service.backtests.service import BacktestService
from trading_service.backtests.settle import settle
from trading_service.backtests.usage import cpu_ms, settle_run
from trading_service.deps import TradingDeps
from trading_service.models import BacktestRow

_LONGEST_RUN = timedelta(minutes=30)
_LONGEST_WAIT = timedelta(minutes=15)
"""For a turn in the sandbox; then the try counts as failed."""

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


@task("trading.settle_usage", max_tries=20)
async def settle_usage(deps: TradingDeps, backtest_id: UUID) -> None:
    """Have an ended run counted against its workspace's day."""
    async with deps.units_of_work() as work:
        used_ms = await BacktestService(work).usage(backtest_id)
    if used_ms is not None:
        await settle_run(deps.auth, backtest_id, used_ms)


@task("trading.resize_places", max_tries=20)
async def resize_places(deps: TradingDeps, workspace_id: UUID) -> None:
    """Let in what the workspace's present plan has places for."""
    plan = await deps.auth.allowances(workspace_id)
    async with deps.units_of_work() as work:
        await Admission(work).resize(workspace_id, plan.backtests_at_once)


@task("trading.stop_backtests", max_tries=20)
async def stop_backtests(deps: TradingDeps, workspace_id: UUID) -> None:
    """Cancel all that runs or waits: its owner's account has been shut out.

    The newest first, so that what waits is not let in by what ends; each on its own, since locks
    of several runs at once could cross those of a worker that finishes them.
    """
    async with deps.units_of_work() as work:
        active = await BacktestService(work).list_active(workspace_id)
    for backtest_id in active:
        async with deps.units_of_work() as work:
            row = await BacktestService(work).cancel(workspace_id, backtest_id)
        await deps.progress.tell(row)


TASKS: tuple[Task, ...] = (
    run_backtest.when_given_up(give_up),
    settle_usage,
    resize_places,
    stop_backtests,
)


async def _run_unless_cancelled(deps: TradingDeps, row: BacktestRow) -> Success | Failure:
    """Run, and stop the sandbox when the owner cancels meanwhile."""
    began = time.monotonic()
    run = asyncio.create_task(_run(deps, row))
    watch = asyncio.create_task(_until_cancelled(deps, row.id))
    try:
        await asyncio.wait({run, watch}, return_when=asyncio.FIRST_COMPLETED)
        if run.done():
            return run.result()
        # The sandbox is stopped without a word; its time until now is the most it can have used.
        lasted = cpu_ms(min(time.monotonic() - began, float(row.limits["cpu_s"])))
        return Failure.because("killed", "cancelled", "cancelled by its owner", cpu_ms=lasted)
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
    outcome = await settle(row, snapshots, execution, deps.objects)
    return replace(outcome, cpu_ms=cpu_ms(execution.cpu_s))


async def _keep_failure(deps: TradingDeps, execution: Execution) -> Failure:
    """Keep the logs of a run that failed: its author needs them most."""
    problem = execution.problem
    return Failure(
        verdict=execution.verdict,
        problem=problem.model_dump() if problem else {},
        timings=execution.timings,
        artifacts={"logs": execution.logs_sha256} if execution.logs_sha256 else {},
        cpu_ms=cpu_ms(execution.cpu_s),
    )


def _bars_query(row: BacktestRow, symbol: str) -> BarsQuery:
    return BarsQuery(symbol=symbol, timeframe=row.timeframe, start=row.start, end=row.end)


async def _execute(deps: TradingDeps, row: BacktestRow, snapshots: list[Snapshot]) -> Execution:
    plan = await deps.auth.allowances(row.workspace_id)
    request = ExecutionCreate(
        run_id=public_id("bt", row.id),
        version_id=row.version_id,
        snapshots=[SnapshotRef(sha256=item.sha256, symbol=item.symbol) for item in snapshots],
        config=row.config,
        params=row.params,
        plan=plan.name,
        limits=ExecutionLimits.model_validate(row.limits),
    )
    owner = Principal.service("trading", row.workspace_id)
    # Waiting for a turn in the sandbox is no failed try of the job: nothing has run yet.
    async for attempt in stamina.retry_context(
        on=SandboxBusyError, attempts=None, timeout=_LONGEST_WAIT, wait_initial=0.1, wait_max=2.0
    ):
        with attempt:
            return await deps.logic.execute(owner, request)
    raise SandboxBusyError
