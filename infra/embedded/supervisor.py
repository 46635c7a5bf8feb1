"""Keep child processes running: readiness, restart with back-off, log files, ordered stop."""

import asyncio
import contextlib
import signal
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from infra.embedded.errors import ProcessStartError
from infra.embedded.logs import rotate, size, tail
from infra.embedded.process import ENGINE_ENVIRONMENT, SAME, Identity, kill_group, spawn
from shared.logging import get_logger

log = get_logger(__name__)

_POLL_S = 0.005
_ROTATE_EVERY_S = 10.0
_BACKOFF_FIRST_S, _BACKOFF_LIMIT_S = 0.1, 10.0
_HEALTHY_AFTER_S = 30.0

State = Literal["starting", "running", "waiting", "stopped"]


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """What to run and how to treat it.

    pass_fds         descriptors that the process inherits under the same numbers
    prepare          awaited before each start, also before a restart
    ready            asked with the process id until it says yes; without it, started is ready
    start_timeout_s  how long it may take to become ready
    stop_signal      sent first; what is left after ``stop_timeout_s`` is killed with its group
    death_signal     what the process gets when the launcher dies without stopping it
    layer            0: the engines, 1: what needs them; higher layers are stopped first
    """

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str] = field(default_factory=lambda: ENGINE_ENVIRONMENT)
    identity: Identity = SAME
    directory: Path | None = None
    pass_fds: Sequence[int] = ()
    prepare: Callable[[], Awaitable[None]] | None = None
    ready: Callable[[int], Awaitable[bool]] | None = None
    start_timeout_s: float = 15.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 10.0
    death_signal: signal.Signals = signal.SIGKILL
    layer: int = 1


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """One child process as `Supervisor.status` reports it; ``pid`` is None unless it runs."""

    name: str
    state: State
    pid: int | None
    restart_count: int


class Supervisor:
    """Starts processes, restarts those that die, stops them layer by layer.

    on_change  called with the new status whenever a process changes its state
    """

    def __init__(
        self, logs: Path, *, on_change: Callable[[ProcessStatus], None] | None = None
    ) -> None:
        self.logs = logs
        self._on_change = on_change
        self._children: list[_Child] = []
        self._rotation: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Create the folder of logs."""
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._rotation = asyncio.create_task(self._rotate_logs(), name="rotate-logs")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop everything that is still running."""
        await self.stop()

    async def start(self, spec: ProcessSpec) -> None:
        """Run a process and wait until it is ready. Raises ProcessStartError; then it is gone.

        Call it from the main thread's loop: the children die with the thread that started them.
        """
        child = _Child(spec, self.logs / f"{spec.name}.log", self._on_change)
        self._children.append(child)
        try:
            await child.start()
        except BaseException:
            self._children.remove(child)
            raise

    async def stop(self) -> None:
        """Stop all processes, the highest layer first; each gets its own deadline."""
        for layer in sorted({child.layer for child in self._children}, reverse=True):
            leaving = [child for child in self._children if child.layer == layer]
            await asyncio.gather(*(child.stop() for child in leaving))
        self._children.clear()
        if self._rotation is not None:
            await _cancel(self._rotation)

    def status(self) -> list[ProcessStatus]:
        """Return the state of every process, in the order of their start."""
        return [child.status() for child in self._children]

    async def _rotate_logs(self) -> None:
        while True:
            await asyncio.sleep(_ROTATE_EVERY_S)
            for child in self._children:
                rotate(child.log)


class _Child:
    def __init__(
        self, spec: ProcessSpec, log: Path, on_change: Callable[[ProcessStatus], None] | None
    ) -> None:
        self.log = log
        self.layer = spec.layer
        self._spec = spec
        self._on_change = on_change
        self._process: Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._state: State = "starting"
        self._restart_count = 0
        self._log_began = 0

    def status(self) -> ProcessStatus:
        process = self._process
        pid = process.pid if process is not None and process.returncode is None else None
        return ProcessStatus(self._spec.name, self._state, pid, self._restart_count)

    def _enter(self, state: State) -> None:
        self._state = state
        if self._on_change is not None:
            self._on_change(self.status())

    async def start(self) -> None:
        process = await self._launch()
        self._keeper = asyncio.create_task(self._keep(process), name=f"keep-{self._spec.name}")

    async def _launch(self) -> Process:
        spec, began = self._spec, time.monotonic()
        self._enter("starting")
        if spec.prepare is not None:
            await spec.prepare()
        self._log_began = size(self.log)
        self._process = process = await spawn(
            spec.command,
            log=self.log,
            environment=spec.environment,
            identity=spec.identity,
            death_signal=spec.death_signal,
            directory=spec.directory,
            pass_fds=spec.pass_fds,
        )
        try:
            await self._wait_until_ready(process)
        except BaseException:
            kill_group(process.pid, signal.SIGKILL)
            await process.wait()
            raise
        self._enter("running")
        elapsed_ms = round((time.monotonic() - began) * 1000)
        log.info("process.started", name=spec.name, pid=process.pid, elapsed_ms=elapsed_ms)
        return process

    async def _wait_until_ready(self, process: Process) -> None:
        spec = self._spec
        if spec.ready is None:
            return
        try:
            async with asyncio.timeout(spec.start_timeout_s):
                while not await spec.ready(process.pid):
                    if process.returncode is not None:
                        raise self._start_error(f"ended with {process.returncode}")
                    await asyncio.sleep(_POLL_S)
        except TimeoutError as e:
            raise self._start_error(f"not ready in {spec.start_timeout_s:g} s") from e

    def _start_error(self, what: str) -> ProcessStartError:
        last_lines = tail(self.log, after=self._log_began)
        return ProcessStartError(f"{self._spec.name} {what}:\n{last_lines}")

    async def _keep(self, process: Process) -> None:
        backoff_s = _BACKOFF_FIRST_S
        while True:
            began = time.monotonic()
            code = await process.wait()
            kill_group(process.pid, signal.SIGKILL)  # helpers that it may have left behind
            log.warning("process.exited", name=self._spec.name, pid=process.pid, code=code)
            if time.monotonic() - began >= _HEALTHY_AFTER_S:
                backoff_s = _BACKOFF_FIRST_S
            process, backoff_s = await self._relaunch(backoff_s)

    async def _relaunch(self, backoff_s: float) -> tuple[Process, float]:
        while True:
            self._enter("waiting")
            await asyncio.sleep(backoff_s)
            backoff_s = min(backoff_s * 2, _BACKOFF_LIMIT_S)
            self._restart_count += 1
            try:
                return await self._launch(), backoff_s
            except Exception as error:  # whatever it is, the next attempt may be luckier
                log.error("process.restart_failed", name=self._spec.name, error=str(error))

    async def stop(self) -> None:
        if self._keeper is not None:
            await _cancel(self._keeper)
        process, spec = self._process, self._spec
        if process is not None and process.returncode is None:
            process.send_signal(spec.stop_signal)
            try:
                async with asyncio.timeout(spec.stop_timeout_s):
                    await process.wait()
            except TimeoutError:
                log.warning("process.killed", name=spec.name, pid=process.pid)
        if process is not None:
            kill_group(process.pid, signal.SIGKILL)
            await process.wait()
        self._enter("stopped")
        log.info("process.stopped", name=spec.name)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
