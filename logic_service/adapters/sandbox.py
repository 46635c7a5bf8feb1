"""The sandbox host in threads of its own, so that a long run holds up nothing else."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from logic_service.contract.errors import SandboxMissingError
from logic_service.sandbox.cancellation import Cancellation
from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.types import CheckReport, Execution, Limits, SandboxUnavailableError
from naru.bars import Bars
from naru.engine.config import RunConfig

OnProgress = Callable[[int, int], None]
"""``on_progress(done, total)`` in bars; called in a thread of the sandbox."""


class Sandbox:
    """Checks sources and runs strategies. The host's child processes start on first use.

    runs_at_once     runs beyond that wait for a place
    checks_at_once   the same for checks; runs never hold them up
    """

    def __init__(self, runs_at_once: int, checks_at_once: int) -> None:
        self._runs = ThreadPoolExecutor(runs_at_once, "sandbox-run")
        self._checks = ThreadPoolExecutor(checks_at_once, "sandbox-check")
        self._opening = threading.Lock()
        self._opened: SandboxHost | None = None

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
    ) -> Execution:
        """Run a strategy in a locked child. Raises SandboxMissingError.

        When the caller is cancelled, the child is killed before this returns.
        """
        cancel = Cancellation()
        running = self._runs.submit(
            self._run, source, bars, config, params, limits, on_progress, cancel
        )
        answer = asyncio.wrap_future(running)
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            cancel.cancel()
            if not running.cancel():  # it has a place already: wait for the child's end
                await asyncio.wait([answer])
            raise
        except SandboxUnavailableError as error:
            raise SandboxMissingError(str(error)) from error

    def describe(self) -> str:
        """Say which layers hold, for people who operate the platform; starts nothing."""
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
        return ", ".join(held)

    async def close(self) -> None:
        """Kill what runs and end the host's processes."""
        await asyncio.to_thread(self._close)

    def _check(self, source: str) -> CheckReport:
        return self._host().check(source)

    def _run(
        self,
        source: str,
        bars: Sequence[Bars],
        config: RunConfig,
        params: dict[str, Any],
        limits: Limits,
        on_progress: OnProgress,
        cancel: Cancellation,
    ) -> Execution:
        return self._host().run(
            source, bars, config, params, limits, on_progress=on_progress, cancel=cancel
        )

    def _host(self) -> SandboxHost:
        with self._opening:
            if self._opened is None:
                self._opened = SandboxHost()
            return self._opened

    def _close(self) -> None:
        self._checks.shutdown(cancel_futures=True, wait=False)
        self._runs.shutdown(cancel_futures=True, wait=False)
        with self._opening:
            if self._opened is not None:
                self._opened.close()
                self._opened = None
