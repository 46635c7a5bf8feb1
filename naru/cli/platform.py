"""The embedded platform as its launcher sees it: engines, and one host process for all else."""

import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.embedded.engines import EmbeddedEngines
from infra.embedded.errors import StateDirLockedError
from infra.embedded.state import StateDir
from infra.embedded.supervisor import ProcessSpec
from naru.cli.options import FIRST_USER, LaunchSettings

_ABOVE_ENGINES = 1
_POOL_SIZE = 8  # for all services of a process; each connection is a process of PostgreSQL's
_IDLE_S = 15.0

Step = Callable[[str], None]


class PortTakenError(Exception):
    """Something else listens on the port."""


@dataclass(frozen=True, slots=True)
class Platform:
    """A running platform.

    password    of the first user, the one time that it is made; then None
    elapsed_s   from the start until it was ready
    """

    url: str
    state_dir: Path
    password: str | None
    elapsed_s: float


class _Reports:
    """What the host process says through its pipe: who is ready, and the first password."""

    def __init__(self) -> None:
        self.read_fd, self.write_fd = os.pipe()
        os.set_blocking(self.read_fd, False)
        self.ready: set[str] = set()
        self.password: str | None = None
        self._rest = b""

    def close(self) -> None:
        """Close both ends."""
        os.close(self.read_fd)
        os.close(self.write_fd)

    async def all_ready(self, pid: int) -> bool:
        """Tell whether the gateway and every worker has reported."""
        try:
            self._rest += os.read(self.read_fd, 4096)
        except BlockingIOError:
            return self.ready >= _EXPECTED
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            found = json.loads(line)
            self.ready.add(found["ready"])
            self.password = found.get("password") or self.password
        return self.ready >= _EXPECTED


_EXPECTED = {"gateway", "worker-seconds", "worker-minutes"}


@asynccontextmanager
async def running_platform(
    state_dir: Path | None, port: int, step: Step
) -> AsyncIterator[Platform]:
    """Start everything; stop it when the block ends. ``step`` is told what is going on.

    Raises infra.embedded.errors.EmbeddedError, or PortTakenError.
    """
    began = time.perf_counter()
    launch = LaunchSettings.read()
    state = StateDir(state_dir)
    _refuse_second(state)
    with _listen(port) as listening, _reports() as reports, tempfile.TemporaryFile() as settings:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        step("starting the database and the services")
        async with EmbeddedEngines(
            state,
            database_url=launch.database_url,
            redis_url=launch.redis_url,
            early=_host(settings.fileno(), listening.fileno(), reports),
        ) as engines:
            os.pwrite(settings.fileno(), _settings(launch, engines, url), 0)
            await engines.early_ready()
            state.announce_running(url)
            yield Platform(url, state.root, reports.password, time.perf_counter() - began)


def _refuse_second(state: StateDir) -> None:
    """Look before the port is tried: the first platform has it, which would explain nothing."""
    running = state.running()
    if running is not None:
        raise StateDirLockedError(state.root, int(str(running["pid"])), str(running["url"]))


@contextmanager
def _listen(port: int) -> Iterator[socket.socket]:
    try:
        listening = socket.create_server(("127.0.0.1", port), backlog=1024)
    except OSError as error:
        raise PortTakenError(
            f"port {port} is taken: choose another with --port, or --port 0 for any"
        ) from error
    with listening:
        yield listening


@contextmanager
def _reports() -> Iterator[_Reports]:
    reports = _Reports()
    try:
        yield reports
    finally:
        reports.close()


def _settings(launch: LaunchSettings, engines: EmbeddedEngines, url: str) -> bytes:
    """Return the host's settings. They travel in a nameless file: a command line or an environment
    could be read by others, and would have to be known before the engines run.
    """
    settings = {
        "database_url": engines.database_url,
        "redis_url": engines.redis_url,
        "master_key": launch.master_key or engines.state.secret("master_key"),
        "state_dir": str(engines.state.root),
        "public_url": url,
        "log_level": launch.log_level,
        "database_pool_size": _POOL_SIZE,
        "database_idle_s": _IDLE_S,
        "first_user": FIRST_USER,
    }
    return json.dumps(settings).encode() + b"\n"


def _host(settings_fd: int, listen_fd: int, reports: _Reports) -> ProcessSpec:
    """Describe the host process, which loads the platform while the engines start."""
    descriptors = (settings_fd, listen_fd, reports.write_fd)
    return ProcessSpec(
        name="platform",
        command=[sys.executable, "-m", "gateway.embedded_host", *map(str, descriptors)],
        environment=dict(os.environ)
        | {
            "OPENBLAS_NUM_THREADS": "1",  # its threads would not survive the fork
            "MALLOC_ARENA_MAX": "2",  # glibc's default, eight a core, is memory that lies about
        },
        pass_fds=descriptors,
        ready=reports.all_ready,
        start_timeout_s=90.0,
        stop_timeout_s=20.0,
        layer=_ABOVE_ENGINES,
    )
