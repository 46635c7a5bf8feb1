"""The host's side of one zygote: start it, ask it for children, hear of their ends."""

from __future__ import annotations

import contextlib
import itertools
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import Future

from logic_service.sandbox import control
from logic_service.sandbox.types import SandboxUnavailableError

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_HELLO_TIMEOUT_S = 30.0
_REPORT_TIMEOUT_S = 10.0
_DYING_S = 0.2
_CPU_CLOCK = 2  # CPUCLOCK_SCHED of a whole process: nanoseconds, any process one may see
# -s -P -S: nothing from the user's folders, the working folder or .pth files. -I would also
# ignore the fixed hash seed; the environment holds our own three values and nothing else.
_FLAGS = ("-s", "-P", "-S", "-X", "utf8")
_BOOT = (
    "import sys; sys.path[:] = sys.argv[2].split(':'); "
    "from logic_service.sandbox.zygote import main; main()"
)
_ENVIRONMENT = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class ZygoteDiedError(RuntimeError):
    """The zygote ended while something was asked of it."""


class ZygoteStuckError(ZygoteDiedError):
    """The zygote lives but does not answer."""


class Child:
    """One locked process: its channel, its pid, and the future report of its end."""

    def __init__(self, number: int, channel: socket.socket) -> None:
        self.number = number
        self.channel = channel
        self.exited: Future[control.Report] = Future()
        self._started: Future[tuple[int, int | None]] = Future()
        self._clock: int | None = None

    def has_started(self, pid: int, descriptor: int | None) -> None:
        self._clock = None if descriptor is None else ~pid << 3 | _CPU_CLOCK
        self._started.set_result((pid, descriptor))

    def is_lost(self) -> None:
        """Mark a child that never was, or that the kernel kills with its zygote."""
        for future in (self._started, self.exited):
            if not future.done():
                future.set_exception(ZygoteDiedError("the sandbox lost a child"))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal. A child that is already gone is no error."""
        pid, descriptor = self._started.result(_REPORT_TIMEOUT_S)
        with contextlib.suppress(ProcessLookupError):
            if descriptor is None:
                os.kill(pid, number)
            else:
                signal.pidfd_send_signal(descriptor, number)

    def cpu_s(self) -> float | None:
        """Return the CPU seconds used so far, None where they cannot be read now."""
        if self._clock is None:
            return None
        try:
            return time.clock_gettime(self._clock)
        except OSError:  # it has ended
            return None

    def finish(self) -> control.Report:
        """Kill what still runs and return the zygote's report. Raises ZygoteDiedError."""
        try:
            self.signal(signal.SIGKILL)
            return self.exited.result(_REPORT_TIMEOUT_S)
        except TimeoutError as error:
            raise ZygoteStuckError("the sandbox's zygote does not answer") from error
        finally:
            self.channel.close()
            self._close_descriptor()

    def _close_descriptor(self) -> None:
        if self._started.done() and self._started.exception() is None:
            descriptor = self._started.result()[1]
            if descriptor is not None:
                os.close(descriptor)


class ZygoteLink:
    """A running zygote. Thread-safe."""

    def __init__(
        self,
        *,
        is_lasting: bool = False,
        unsafe_development: bool = False,
        machine: str | None = None,
    ) -> None:
        """Start the process; it gets ready on its own while the caller goes on.

        is_lasting  take a tenth of a second more, to be smaller and faster in each child
        """
        self._control, theirs = socket.socketpair()
        arguments = ["unsafe-development"] if unsafe_development else []
        arguments += ["lasting"] if is_lasting else []
        arguments += [f"machine={machine}"] if machine else []
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
                [sys.executable, *_FLAGS, "-c", _BOOT, str(theirs.fileno()), _path(), *arguments],
                env=_ENVIRONMENT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
                cwd="/",
            )
        self._numbers = itertools.count(1)
        self._children: dict[int, Child] = {}
        self._lock = threading.Lock()
        self._is_dead = False
        self._layers: dict[str, bool | int] | None = None
        self._refusal: SandboxUnavailableError | ZygoteDiedError | None = None

    def has_died(self) -> bool:
        """Say whether the zygote is gone; its end may take a moment to show."""
        try:
            self._process.wait(_DYING_S)
        except subprocess.TimeoutExpired:
            return self._is_dead
        return True

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_ready(self) -> dict[str, bool | int]:
        """Return the layers that hold, once there are any.

        Raises SandboxUnavailableError when none may run, and ZygoteDiedError when the process
        ended before it could say so: another one may fare better.
        """
        with self._lock:
            if self._refusal is not None:
                raise type(self._refusal)(str(self._refusal))
            if self._layers is None:
                try:
                    self._layers = self._greet()
                except (SandboxUnavailableError, ZygoteDiedError) as error:
                    self._refusal, self._is_dead = error, True
                    raise
                threading.Thread(target=self._listen, name="naru-zygote", daemon=True).start()
            return self._layers

    def _greet(self) -> dict[str, bool | int]:
        self._control.settimeout(_HELLO_TIMEOUT_S)
        try:
            hello = control.receive_hello(self._control)
        except (EOFError, OSError) as error:
            message = f"the sandbox's zygote did not start: {self._last_words()}"
            raise ZygoteDiedError(message) from error
        self._control.settimeout(None)
        self._close_errors()
        layers = hello.get("layers")
        if not hello.get("ok") or not isinstance(layers, dict):
            raise SandboxUnavailableError(f"the sandbox cannot be locked: {hello.get('error')}")
        return layers

    def _last_words(self) -> str:
        self._process.kill()
        words = self._process.stderr.read(8_000) if self._process.stderr else b""
        self._close_errors()
        return words.decode("utf-8", "replace").strip()

    def _close_errors(self) -> None:
        if self._process.stderr:
            self._process.stderr.close()

    def spawn(self, *, is_standby: bool = False) -> Child:
        """Ask for a child; its channel takes a job at once. Raises ZygoteDiedError."""
        self.wait_ready()
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            child = Child(next(self._numbers), ours)
            self._children[child.number] = child
            try:
                if self._is_dead:
                    raise ConnectionError
                control.send_spawn(
                    self._control, child.number, theirs.fileno(), is_standby=is_standby
                )
            except OSError as error:
                del self._children[child.number]
                ours.close()
                raise ZygoteDiedError("the sandbox's zygote died") from error
        return child

    def close(self) -> None:
        """End the zygote and with it all its children."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._control.close()
        self._close_errors()

    def _listen(self) -> None:
        try:
            while True:
                report, descriptor = control.receive_report(self._control)
                self._take(report, descriptor)
        except (EOFError, OSError):
            self._is_dead = True
        with self._lock:
            lost = list(self._children.values())
            self._children.clear()
        for child in lost:
            child.is_lost()
        self._process.wait()

    def _take(self, report: control.Report, descriptor: int | None) -> None:
        if report.kind == control.SPAWNED:
            self._children[report.child].has_started(report.value, descriptor)
            return
        with self._lock:
            child = self._children.pop(report.child)
        if report.kind == control.FAILED:
            child.is_lost()
        else:
            child.exited.set_result(report)


def _path() -> str:
    """Return the module path of this process, absolute, with the project in front."""
    folders = [str(_ROOT), *(str(pathlib.Path(entry).resolve()) for entry in sys.path if entry)]
    return ":".join(dict.fromkeys(folders))
