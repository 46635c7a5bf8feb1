"""From an execution to results: the trusted half of a run."""

import asyncio
import io
import threading
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from data_service.contract.bars import Snapshot, snapshot_key
from logic_service.contract.artifacts import decode_logs, decode_plots
from logic_service.contract.executions import Execution, artifact_key
from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.errors import OrderLogError, ReconciliationError
from naru.result import Inputs, build_result, dumps
from naru.settling import settle as judge
from shared.bar_files import read_bars
from shared.logging import get_logger
from shared.object_store.port import ObjectStore
from shared.object_store.tenants import read_tenant_object
from trading_service.backtests.artifacts import Artifacts
from trading_service.backtests.curves import encode_curve
from trading_service.backtests.results import Failure, Success
from trading_service.models import BacktestRow

log = get_logger(__name__)
# A run goes through the same book bar by bar, and calls the strategy beside: only orders that no
# engine of ours ran take much more.
_REPLAY_SHARE = 2.0  # of the processor time that a run may have


@dataclass(frozen=True, slots=True)
class _Logged:
    """A line of the strategy's log, as ``naru.result`` wants it."""

    ts_ns: int | None
    text: str


@dataclass(frozen=True, slots=True)
class _Plotted:
    """A value that the strategy plotted, as ``naru.result`` wants it."""

    name: str
    ts_ns: int
    value: float


@dataclass(frozen=True, slots=True)
class _Material:
    """The objects of a run, fetched."""

    bars: list[tuple[str, bytes]]
    orders: bytes
    logs: bytes
    plots: bytes


class _ReplayTooLongError(Exception):
    """A replay has used what the run itself might have, or nobody waits for it any more."""


class _Budget:
    """Processor time of one thread, counted from its first question."""

    def __init__(self, cpu_s: float) -> None:
        self._cpu_s = cpu_s
        self._began: float | None = None
        self._is_over = threading.Event()

    def end(self) -> None:
        """Let the next check raise: a thread cannot be stopped from outside."""
        self._is_over.set()

    def check(self) -> None:
        """Raise _ReplayTooLongError when the time is up."""
        now = time.thread_time()
        self._began = now if self._began is None else self._began
        if now - self._began >= self._cpu_s or self._is_over.is_set():
            raise _ReplayTooLongError


async def settle(
    row: BacktestRow, snapshots: list[Snapshot], execution: Execution, objects: ObjectStore
) -> Success | Failure:
    """Replay, measure and store. A run whose numbers do not hold ends as a failure."""
    material = await _fetch(row.workspace_id, snapshots, execution, objects)
    budget = _Budget(row.limits["cpu_s"] * _REPLAY_SHARE)
    try:
        parts, result = await asyncio.to_thread(_settle, row, execution, material, budget)
    except asyncio.CancelledError:
        budget.end()
        raise
    except _ReplayTooLongError:
        log.error("backtest.replay_too_long", backtest_id=str(row.id))
        return Failure.because(
            "timeout",
            "replay-limit",
            "replaying the run's orders took longer than the run itself may take",
            "ask for fewer orders that wait at the same time",
        )
    except (OrderLogError, ReconciliationError) as error:
        log.error("backtest.not_reconciled", backtest_id=str(row.id), reason=str(error))
        return Failure.because(
            "rejected",
            "integrity",
            f"the run's own account of itself does not hold: {error}",
            "report it with the strategy's source, unless the strategy tampers with the engine",
        )
    artifacts = await Artifacts(objects, row.workspace_id).write(parts)
    if execution.logs_sha256 is not None:
        artifacts["logs"] = execution.logs_sha256
    return Success(
        metrics=result["metrics"],
        receipt=result["receipt"],
        snapshots=[item.model_dump(mode="json") for item in snapshots],
        artifacts=artifacts,
        timings=result["timings"],
    )


async def _fetch(
    workspace_id: UUID, snapshots: list[Snapshot], execution: Execution, objects: ObjectStore
) -> _Material:
    bars = [
        (item.symbol, await read_tenant_object(objects, snapshot_key(workspace_id, item.sha256)))
        for item in snapshots
    ]

    async def get(digest: str | None) -> bytes:
        """Return something that the run left behind; nothing when it left nothing of the kind."""
        return await objects.get(artifact_key(workspace_id, digest)) if digest else b""

    return _Material(
        bars,
        orders=await get(execution.orders_sha256),
        logs=await get(execution.logs_sha256),
        plots=await get(execution.plots_sha256),
    )


def _settle(
    row: BacktestRow, execution: Execution, material: _Material, budget: _Budget
) -> tuple[dict[str, bytes], dict[str, Any]]:
    began = time.perf_counter()
    bars = read_snapshots(material.bars)
    config = RunConfig.from_dict(row.config)
    read_at = time.perf_counter()
    outcome = judge(bars, material.orders, execution.claim or {}, config, budget.check)
    replayed_at = time.perf_counter()
    inputs = Inputs(
        strategy={"name": row.strategy_name, "version": row.version_number},
        code_sha256=row.code_sha256,
        bars=bars,
        config=config,
        params=row.params,
    )
    logs = [_Logged(ts_ns, text) for ts_ns, text in decode_logs(material.logs)]
    plots = [_Plotted(*point) for point in decode_plots(material.plots)]
    result = build_result(
        inputs,
        outcome,
        material.orders,
        logs=logs,
        plots=plots,
        confidence_samples=row.confidence_samples,
    )
    result["timings"] = execution.timings | {
        "load_s": read_at - began,
        "replay_s": replayed_at - read_at,
        "metrics_s": time.perf_counter() - replayed_at,
    }
    parts = {
        "trades": dumps(result["trades"]),
        "orders": dumps(result["orders"]),
        "equity": encode_curve(outcome.ts, outcome.equity),
        "result": dumps(result | {"timings": {}}),
    }
    if row.confidence_samples:
        parts["confidence"] = dumps(result["confidence"])
    return parts, result


def read_snapshots(files: list[tuple[str, bytes]]) -> list[Bars]:
    """Read snapshots, each under the symbol that the run knows it by."""
    return [read_bars(io.BytesIO(data), symbol).bars for symbol, data in files]
