"""The sandbox host in threads of its own, so that a long run holds up nothing else."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from logic_service.contract.errors import SandboxBusyError, SandboxMissingError
from logic_service.sandbox.cancellation import Cancellation
from logic_service.sandbox.doctor import level_of
from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.metering import Meter, Sample
from logic_service.sandbox.scheduling import FairQueue
from logic_service.sandbox.types import CheckReport, Execution, Limits, SandboxUnavailableError
from naru.bars import Bars
from naru.engine.config import RunConfig

OnProgress = Callable[[int, int], None]
"""``on_progress(done, total)`` in bars; called in a thread of the sandbox."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A run that waits for its turn."""

    do: Callable[[], Execution]
    answer: Future[Execution] = field(default_factory=Future)


class Sandbox:
    """Checks sources and runs strategies. The host's child processes start on first use.

    runs_at_once     runs beyond that wait; the tenant that has used the least CPU goes first
    checks_at_once   the same for checks, in the order they came; runs never hold them up
    run_wait_s       a run whose turn has not come by then is refused as busy
    unsafe_development   see SandboxHost
    """

    def __init__(
        self,
        runs_at_once: int,
        checks_at_once: int,
        run_wait_s: float,
        *,
        unsafe_development: bool = False,
    ) -> None:
        self._run_wait_s = run_wait_s
        self._unsafe_development = unsafe_development
        self._turns: FairQueue[_Run] = FairQueue(runs_at_once, kept_free=0)
        self._workers = [
            threading.Thread(target=self._work, name=f"sandbox-run-{number}", daemon=True)
            for number in range(runs_at_once)
        ]
        self._checks = ThreadPoolExecutor(checks_at_once, "sandbox-check")
        self._opening = threading.Lock()
        self._opened: SandboxHost | None = None
        self._meter = Meter()

    async def check(self, source: str) -> CheckReport:
        """Compile a source in a locked child. Raises SandboxMissingError."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._checks, self._check, source)
        except SandboxUnavailableError as error:
            raise SandboxMissingError(str(error)) from error

    async def run(
        self,
        source: str,
        bars: Sequence[Bars],
        config: RunConfig,
        params: dict[str, Any],
        limits: Limits,
        on_progress: OnProgress,
        *,
        tenant: str,
        plan: str = "",
    ) -> Execution:
        """Run a strategy in a locked child when its tenant's turn comes.

        When the caller is cancelled, the child is killed before this returns. Raises
        SandboxBusyError when the turn does not come in time, and SandboxMissingError.
        """
        cancel = Cancellation()
        run = _Run(
            lambda: self._host().run(
                source,
                bars,
                config,
                params,
                limits,
                on_progress=on_progress,
                cancel=cancel,
                plan=plan,
            )
        )
        self._put(tenant, run)
        answer = asyncio.wrap_future(run.answer)
        try:
            await asyncio.wait([answer], timeout=self._run_wait_s)
            if not answer.done() and run.answer.cancel():
                raise SandboxBusyError(
                    "no place came free in time; nothing was run, ask again",
                    headers={"Retry-After": "1"},
                )
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            cancel.cancel()
            if not run.answer.cancel():  # it has its turn already: wait for the child's end
                await asyncio.wait([answer])
            raise
        except SandboxUnavailableError as error:
            raise SandboxMissingError(str(error)) from error

    def samples(self) -> Iterator[Sample]:
        """Yield what this process's children came to."""
        return self._meter.samples()

    def describe(self) -> str:
        """Say what level the wall reaches, by which layers, for operators; starts nothing."""
        host = self._opened
        if host is None:
            return "not started"
        try:
            layers = host.layers()
        except SandboxUnavailableError as error:
            return f"unavailable: {error}"
        held = [
            name if value is True else f"{name} {value}" for name, value in layers.items() if value
        ]
        return f"{level_of(layers)}: {', '.join(held) or 'no wall, development only'}"

    async def close(self) -> None:
        """Kill what runs and end the host's processes."""
        await asyncio.to_thread(self._close)

    def _check(self, source: str) -> CheckReport:
        return self._host().check(source)

    def _put(self, tenant: str, run: _Run) -> None:
        with self._opening:
            for worker in self._workers:
                if worker.ident is None:
                    worker.start()
        self._turns.put(tenant, run)

    def _work(self) -> None:
        while (item := self._turns.get()) is not None:
            tenant, run = item
            cpu_s = 0.0
            try:
                if run.answer.set_running_or_notify_cancel():
                    execution = run.do()
                    cpu_s = execution.cpu_s
                    run.answer.set_result(execution)
            except Exception as error:  # the outermost boundary of this thread
                run.answer.set_exception(error)
            finally:
                self._turns.done(tenant, cpu_s)

    def _host(self) -> SandboxHost:
        with self._opening:
            if self._opened is None:
                self._opened = SandboxHost(
                    meter=self._meter, unsafe_development=self._unsafe_development
                )
            return self._opened

    def _close(self) -> None:
        self._checks.shutdown(cancel_futures=True, wait=False)
        for run in self._turns.close():
            run.answer.cancel()
        with self._opening:
            if self._opened is not None:
                self._opened.close()
                self._opened = None
