"""``python -m gateway.embedded_host SETTINGS LISTEN REPORT``: the platform, forked from one import.

This process imports the platform once, brings the database up to date, and forks: the gateway with
all services, and a worker for each class of jobs. They share the pages of what was imported, which
saves two thirds of the memory and of the time to start. It has no thread and no event loop of its
own, so that it can fork again when a child dies.

SETTINGS  descriptor of a file that the launcher fills, when the engines run, with one line of JSON:
          members of PlatformSettings, and ``first_user``
LISTEN    descriptor of the listening socket, which outlives a gateway that is restarted
REPORT    descriptor of a pipe to the launcher: one JSON object a line, ``{"ready": name, ...}``
"""

import asyncio
import contextlib
import gc
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from types import FrameType

import uvloop
from pydantic import ValidationError

from gateway.app import Gateway
from gateway.embedded import check_settings, create_processes
from gateway.embedded_server import serve_gateway
from infra.embedded.leash import follow_parent
from shared.jobs.process import run_until_stopped
from shared.jobs.tasks import Queue
from shared.jobs.worker import ServiceWorker
from shared.logging import configure_logging, get_logger
from shared.migrations.fingerprint import outdated
from shared.settings import PlatformSettings, explain
from shared.tracing import tracing

log = get_logger(__name__)

SERVICES = ("auth", "data", "logic", "trading", "notification")
QUEUES: tuple[Queue, ...] = ("seconds", "minutes")
GATEWAY = "gateway"
NAMES = (GATEWAY, *(f"worker-{queue}" for queue in QUEUES))
_LONGEST_PAUSE_S = 10.0
_POLL_S = 0.005
_HEALTHY_AFTER_S = 30.0

Report = Callable[..., None]


class NeverReadyError(RuntimeError):
    """A child ended before it had ever been ready: what it wrote to the log says why."""


class Host:
    """Keeps one child per name running until told to stop.

    report_fd  where children tell the launcher that they are ready
    """

    def __init__(self, report_fd: int) -> None:
        self._report_fd = report_fd
        self._heard_fd, self._told_fd = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._ready = b"\n"
        self._children: Mapping[str, Callable[[], None]] = {}
        self._names: dict[int, str] = {}
        self._began: dict[str, float] = {}
        self._pauses: dict[str, float] = {}
        self._stopping = False

    def report(self, name: str, **facts: str | None) -> None:
        """Say in a child that it is ready: to the launcher, and to the host."""
        os.write(self._report_fd, json.dumps({"ready": name, **facts}).encode() + b"\n")
        os.write(self._told_fd, name.encode() + b"\n")

    def run(self, children: Mapping[str, Callable[[], None]]) -> None:
        """Fork all children; fork again whoever dies; return once all have stopped.

        Raises NeverReadyError, when the others have stopped, for a child that never was ready:
        trying again would only let the launcher wait for what does not come.
        """
        self._children = children
        failed = ""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for name in self._children:
            self._fork(name)
        while self._names:
            pid, status = os.wait()
            name = self._names.pop(pid, "")
            if not name or self._stopping:
                continue
            log.warning(
                "process.exited", name=name, pid=pid, code=os.waitstatus_to_exitcode(status)
            )
            if not self._has_been_ready(name):
                failed = name
                self._stop(signal.SIGTERM, None)
                continue
            time.sleep(self._pause(name))
            if not self._stopping:
                self._fork(name)
        if failed:
            raise NeverReadyError(f"{failed} ended before it was ready")

    def _has_been_ready(self, name: str) -> bool:
        with contextlib.suppress(BlockingIOError):
            self._ready += os.read(self._heard_fd, 4096)
        return f"\n{name}\n".encode() in self._ready

    def _pause(self, name: str) -> float:
        """Return how long to wait before another try: longer each time while it keeps dying."""
        if time.monotonic() - self._began[name] > _HEALTHY_AFTER_S:
            self._pauses.pop(name, None)
        pause = self._pauses.get(name, 0.1)
        self._pauses[name] = min(pause * 2, _LONGEST_PAUSE_S)
        return pause

    def _fork(self, name: str) -> None:
        self._began[name] = time.monotonic()
        parent = os.getpid()
        # Blocked meanwhile: a signal must not find the child with the host's handlers.
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
        pid = os.fork()
        if pid == 0:
            _become_child(name, parent, blocked, self._children[name])
        self._names[pid] = name
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        for pid in self._names:
            os.kill(pid, signal.SIGTERM)


def _become_child(
    name: str, parent: int, mask: set[int] | set[signal.Signals], work: Callable[[], None]
) -> None:
    """Do a child's work and end; whatever happens, never return into the host's loop."""
    status = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        follow_parent(signal.SIGKILL, parent, name=f"naru-{name}")
        work()
        status = 0
    except Exception:  # the outermost boundary of the process
        log.exception("process.failed", name=name)
    finally:
        sys.stderr.flush()
        os._exit(status)


def in_child(work: Callable[[], None]) -> None:
    """Do work in a child and wait for it, so that its memory goes with it. Raises RuntimeError."""
    parent, mask = os.getpid(), signal.pthread_sigmask(signal.SIG_BLOCK, ())
    pid = os.fork()
    if pid == 0:
        _become_child("migrate", parent, mask, work)
    _, status = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError("the database could not be brought up to date")


def migrate_outdated(settings: PlatformSettings) -> None:
    """Bring the schemas up to date that are not; mostly all are, and Alembic is not loaded."""
    names = outdated(SERVICES, settings)
    if names:
        in_child(partial(_migrate, names, settings))


def _migrate(names: list[str], settings: PlatformSettings) -> None:
    migrations = import_module("shared.migrations.run")
    for name in names:
        migrations.migrate(name, settings)


def read_settings(settings_fd: int) -> tuple[PlatformSettings, str]:
    """Wait for the launcher's line; return the settings and the first user's address."""
    while not (text := os.pread(settings_fd, 65536, 0)).endswith(b"\n"):
        time.sleep(_POLL_S)
    given = json.loads(text)
    first_user = given.pop("first_user")
    return PlatformSettings(**given), first_user


def main(settings_fd: int, listen_fd: int, report_fd: int) -> None:
    """Run the platform's processes until SIGTERM."""
    import_module("httpcore2")  # httpx2 would load it in each child, with its first client
    try:
        settings, first_user = read_settings(settings_fd)
        check_settings(settings)
    except ValidationError as error:
        sys.exit(explain(error))
    configure_logging(settings.log_level)

    host = Host(report_fd)
    migrate_outdated(settings)
    # A child copies a page of memory when it first counts a reference there. So what is built after
    # the fork costs twice: the new, and the pages of what it was built from.
    platform, workers = create_processes(settings)
    children: dict[str, Callable[[], None]] = {
        GATEWAY: partial(_gateway, settings, platform, first_user, listen_fd, host.report)
    }
    for queue in QUEUES:
        children[f"worker-{queue}"] = partial(_worker, settings, workers, queue, host.report)
    gc.collect()
    gc.freeze()  # a collection in a child would copy every page that it marks
    try:
        host.run(children)
    except NeverReadyError as error:
        sys.exit(str(error))


def _gateway(
    settings: PlatformSettings, app: Gateway, first_user: str, listen_fd: int, report: Report
) -> None:
    listening = socket.socket(fileno=listen_fd)
    with (
        tracing(settings, GATEWAY),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(serve_gateway(app, listening, first_user, partial(report, GATEWAY)))


def _worker(
    settings: PlatformSettings, workers: Sequence[ServiceWorker], queue: Queue, report: Report
) -> None:
    name = f"worker-{queue}"
    with tracing(settings, name):
        run_until_stopped(workers, [queue], partial(report, name))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
