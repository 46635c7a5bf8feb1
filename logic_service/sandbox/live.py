"""Strategies that live: a child per deployment, one message per bar, state kept between bars.

A bar is handled by one of a few workers. Between bars a child is stopped by signal, so that it
cannot use CPU time that nobody accounts for. When it dies, it is started anew from what it had
asked for and saved by the bar before, after a pause that grows; too many deaths halt it.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from logic_service.sandbox.frames import Kind
from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.ledger import LiveLedger, LiveLimitError, LiveResultError
from logic_service.sandbox.link import Child, ZygoteDiedError
from logic_service.sandbox.packing import PackedBars
from logic_service.sandbox.restarting import RestartPolicy, Restarts
from logic_service.sandbox.scheduling import FairQueue
from logic_service.sandbox.stepping import encode_push
from logic_service.sandbox.supervision import Budget, Outcome, listen
from logic_service.sandbox.transcript import Transcript
from logic_service.sandbox.types import Json, Limits, LogLine, PlotPoint, Problem, Verdict
from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.orderlog import OrderLog

LIFE_CPU_S = 86_400.0


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """What a live strategy may use.

    bar_cpu_s, bar_wall_s      for handling one bar
    start_cpu_s, start_wall_s  for starting, with all history
    memory_bytes               beyond the interpreter and the history
    output_bytes, log_bytes    for one bar
    """

    bar_cpu_s: float = 0.5
    bar_wall_s: float = 2.0
    start_cpu_s: float = 5.0
    start_wall_s: float = 10.0
    memory_bytes: int = 128 << 20
    output_bytes: int = 2 << 20
    log_bytes: int = 16 << 10


@dataclass(frozen=True, slots=True)
class LiveBar:
    """One closed bar per symbol: open, high, low, close, volume. ``ts`` is its open, ns."""

    ts: int
    values: Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class BarOutcome:
    """What came of a push.

    verdict         of the last bar that was handled; ``ok`` also while nothing was due
    bars_done       bars handled now: more than one after a restart, none while waiting
    new_orders      the log's records that are new, each with its ``step``
    orders          the whole order log so far
    is_waiting      the strategy died and its pause before the next start is not over
    is_halted       it died too often; only a new start helps
    cpu_s, wall_s   used for this push
    """

    verdict: Verdict
    problem: Problem | None
    bars_done: int
    new_orders: Any
    orders: OrderLog
    logs: tuple[LogLine, ...]
    plots: tuple[PlotPoint, ...]
    state: Json
    is_waiting: bool
    is_halted: bool
    cpu_s: float
    wall_s: float


@dataclass(slots=True)
class _Tally:
    """What one push has added up to so far."""

    cpu_s: float = 0.0
    bars_done: int = 0
    logs: list[LogLine] = field(default_factory=list)
    plots: list[PlotPoint] = field(default_factory=list)

    def take(self, transcript: Transcript) -> None:
        self.logs += transcript.logs
        self.plots += transcript.plots


class Deployment:
    """One live strategy. Made by ``LiveHost.start``; used by one worker at a time."""

    def __init__(
        self,
        host: SandboxHost,
        code: bytes,
        ledger: LiveLedger,
        config: RunConfig,
        params: Mapping[str, Any],
        limits: LiveLimits,
        restarts: Restarts,
        clock: Callable[[], float],
        tenant: str,
        version: str,
    ) -> None:
        self.tenant = tenant
        self.version = version
        self.ledger = ledger
        self._host = host
        self._code = code
        self._config = config
        self._params = params
        self._limits = limits
        self._restarts = restarts
        self._clock = clock
        self._child: Child | None = None
        self._pending: deque[LiveBar] = deque()
        self._turn = threading.Lock()
        self._is_ended = False

    @property
    def is_halted(self) -> bool:
        return self._restarts.is_halted

    def handle(self, bar: LiveBar) -> BarOutcome:
        """Handle a bar and all that wait before it."""
        with self._turn:
            started_at = time.perf_counter()
            before = len(self.ledger.records)
            tally = _Tally()
            verdict, problem = self._handle(bar, tally)
            return BarOutcome(
                verdict=verdict,
                problem=problem,
                bars_done=tally.bars_done,
                new_orders=self.ledger.records[before:],
                orders=self.ledger.order_log(),
                logs=tuple(tally.logs),
                plots=tuple(tally.plots),
                state=self.ledger.state,
                is_waiting=bool(self._pending) and not self.is_halted,
                is_halted=self.is_halted,
                cpu_s=tally.cpu_s,
                wall_s=time.perf_counter() - started_at,
            )

    def end(self) -> None:
        """End the child for good; the ledger keeps what a later start needs.

        Bars that were pushed and not handled may be pushed to a later deployment.
        """
        with self._turn:
            self._is_ended = True
            self._pending.clear()
            self.ledger.rewind()
            if self._child is not None:
                child, self._child = self._child, None
                child.finish()

    def _handle(self, bar: LiveBar, tally: _Tally) -> tuple[Verdict, Problem | None]:
        if self._is_ended:  # the bar waited in the queue: nobody would end a child started now
            return Verdict.KILLED, Problem("stopped", "The strategy was stopped.")
        if self.is_halted:
            return Verdict.CRASHED, Problem("halted", "The strategy failed too often.")
        self._pending.append(bar)
        try:
            return self._go_on(tally)
        except ZygoteDiedError:
            self._child = None  # not the strategy's fault; the next bar starts it anew
            return Verdict.KILLED, Problem("interrupted", "The sandbox was restarted.")

    def _go_on(self, tally: _Tally) -> tuple[Verdict, Problem | None]:
        if self._child is None:
            wait_s = self._restarts.wait_s(self._clock())
            if wait_s > 0:
                message = f"The strategy failed; it starts again in {wait_s:.0f} s."
                return Verdict.CRASHED, Problem("waiting", message)
            failed = self._start(tally)
            if failed:
                return failed
        while self._pending:
            failed = self._step(self._pending[0], tally)
            if failed:
                return failed
            self._pending.popleft()
        return Verdict.OK, None

    def _start(self, tally: _Tally) -> tuple[Verdict, Problem | None] | None:
        limits = self._limits
        life = Limits(cpu_s=LIFE_CPU_S, memory_bytes=limits.memory_bytes)
        with PackedBars(self.ledger.history()) as history:
            child = self._host.start_live(
                self._code, history, self._config, self._params, self.ledger.carry(), life
            )
        self._child = child
        transcript = self._transcript()
        budget = Budget(time.perf_counter() + limits.start_wall_s, limits.start_cpu_s)
        return self._settle(child, transcript, listen(child, transcript, budget, Kind.READY), tally)

    def _step(self, bar: LiveBar, tally: _Tally) -> tuple[Verdict, Problem | None] | None:
        child = self._child
        if child is None:
            raise ZygoteDiedError("the child of this deployment is gone")
        used_s = child.cpu_s() or 0.0
        child.signal(signal.SIGCONT)
        transcript = self._transcript()
        budget = Budget(
            time.perf_counter() + self._limits.bar_wall_s, used_s + self._limits.bar_cpu_s
        )
        try:
            child.channel.sendall(encode_push(bar.ts, {k: [*v] for k, v in bar.values.items()}))
            outcome = listen(child, transcript, budget, Kind.BAR_DONE)
        except (BrokenPipeError, ConnectionResetError):  # it died between bars
            outcome = Outcome(Verdict.CRASHED, _GONE, child.finish())
        failed = self._settle(child, transcript, outcome, tally, used_s)
        if failed is None:
            try:
                self.ledger.take(bar.ts, bar.values, transcript)
            except LiveLimitError as error:
                child.finish()
                return self._failed(Verdict.OUTPUT_LIMIT, Problem("output-limit", str(error)))
            except LiveResultError as error:
                child.finish()
                return self._failed(Verdict.CRASHED, Problem("channel-forged", str(error)))
            tally.bars_done += 1
        return failed

    def _settle(
        self,
        child: Child,
        transcript: Transcript,
        outcome: Outcome | None,
        tally: _Tally,
        used_s: float = 0.0,
    ) -> tuple[Verdict, Problem | None] | None:
        """Put a child that answered to rest, or take note of its death."""
        tally.take(transcript)
        if outcome is None:
            child.signal(signal.SIGSTOP)
            tally.cpu_s += max(0.0, (child.cpu_s() or used_s) - used_s)
            return None
        tally.cpu_s += max(0.0, outcome.report.cpu_s - used_s)
        return self._failed(outcome.verdict, outcome.problem)

    def _failed(self, verdict: Verdict, problem: Problem | None) -> tuple[Verdict, Problem | None]:
        self._child = None
        self._restarts.note_crash(self._clock())
        if verdict is Verdict.OK:  # it left the loop that only the host may end
            return Verdict.CRASHED, Problem("channel-forged", "The strategy ended by itself.")
        return verdict, problem

    def _transcript(self) -> Transcript:
        limits = self._limits
        per_bar = Limits(output_bytes=limits.output_bytes, log_bytes=limits.log_bytes)
        return Transcript(per_bar, code_bytes=0)


_GONE = Problem("process-died", "The strategy's process ended between two bars.")


class LiveHost:
    """Runs many live strategies on few workers, fairly between tenants. Thread-safe.

    worker_count  bars handled at once; no tenant gets the last one
    clock         seconds that only ever grow; injected by tests
    """

    def __init__(
        self,
        host: SandboxHost,
        worker_count: int | None = None,
        policy: RestartPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host = host
        self._policy = policy or RestartPolicy()
        self._clock = clock
        count = worker_count or max(2, os.cpu_count() or 2)
        self._queue: FairQueue[tuple[Deployment, LiveBar, Future[BarOutcome]]] = FairQueue(count)
        self._deployments: set[Deployment] = set()
        self._workers = [
            threading.Thread(target=self._work, name=f"naru-live-{number}", daemon=True)
            for number in range(count)
        ]
        for worker in self._workers:
            worker.start()

    def close(self) -> None:
        """Let the workers finish their bars and go, and stop every deployment.

        The futures of bars that nobody has begun to handle are cancelled.
        """
        for _, _, future in self._queue.close():
            future.cancel()
        for worker in self._workers:
            worker.join()
        for deployment in list(self._deployments):
            self.stop(deployment)

    def __enter__(self) -> LiveHost:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(
        self,
        tenant: str,
        source: str,
        history: Sequence[Bars],
        config: RunConfig,
        params: Mapping[str, Any] | None = None,
        limits: LiveLimits | None = None,
        carried: LiveLedger | None = None,
        version: str = "",
    ) -> Deployment:
        """Make a deployment; its child starts with the first bar.

        history  bars before the first push, at least one per symbol
        carried  the ledger of an earlier deployment of the same strategy, to go on from
        version  what the meter counts its bars under
        Raises StrategyRefusedError for a source that may not run.
        """
        deployment = Deployment(
            self._host,
            self._host.compile(source),
            carried or LiveLedger(history),
            config,
            dict(params or {}),
            limits or LiveLimits(),
            Restarts(self._policy),
            self._clock,
            tenant,
            version,
        )
        self._deployments.add(deployment)
        return deployment

    def stop(self, deployment: Deployment) -> LiveLedger:
        """End a deployment; the ledger is what a later start goes on from."""
        self._deployments.discard(deployment)
        deployment.end()
        return deployment.ledger

    def push(
        self, deployment: Deployment, ts: int, bars: Mapping[str, Sequence[float]]
    ) -> Future[BarOutcome]:
        """Give a deployment its next bar; the future holds what came of it.

        Await it from asyncio with ``asyncio.wrap_future``. Raises ValueError for a bar that is
        out of order, not finite or of an unknown symbol.
        """
        bar = LiveBar(ts, {symbol: [float(x) for x in values] for symbol, values in bars.items()})
        deployment.ledger.check(ts, bar.values)
        future: Future[BarOutcome] = Future()
        self._queue.put(deployment.tenant, (deployment, bar, future))
        return future

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            tenant, (deployment, bar, future) = item
            cpu_s = 0.0
            # Nobody may wait for it any more; but the bar has closed, and the next builds on it.
            is_awaited = future.set_running_or_notify_cancel()
            try:
                outcome = deployment.handle(bar)
                cpu_s = outcome.cpu_s
                self._host.meter.bars_handled(deployment.version, outcome.bars_done, cpu_s)
                if is_awaited:
                    future.set_result(outcome)
            except Exception as error:  # the outermost boundary of this thread
                if is_awaited:
                    future.set_exception(error)
            finally:
                self._queue.done(tenant, cpu_s)
