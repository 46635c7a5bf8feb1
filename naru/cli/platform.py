"""The embedded platform: engines, migrations, the gateway with all services, worker processes."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn
from pydantic import SecretStr

from gateway.app import Gateway
from gateway.embedded import create_platform
from infra.embedded.engines import EmbeddedEngines
from infra.embedded.state import StateDir
from infra.embedded.supervisor import ProcessSpec
from naru.cli.options import LaunchSettings
from naru.cli.platform_worker import ready_file
from shared.jobs.tasks import Queue
from shared.logging import get_logger
from shared.migrations.run import migrate
from shared.settings import PlatformSettings

log = get_logger(__name__)

FIRST_USER = "admin@naru.local"
SERVICES = ("auth", "data", "logic", "trading", "notification")
QUEUES: tuple[Queue, ...] = ("seconds", "minutes")
_WORKERS = 1
"""The supervisor's layer above the engines."""

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


class _Server(uvicorn.Server):
    """Leaves signals to whoever runs it: engines and workers have to be stopped after it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def running_platform(
    state_dir: Path | None, port: int, step: Step
) -> AsyncIterator[Platform]:
    """Start everything; stop it when the block ends. ``step`` is told what is going on.

    Raises infra.embedded.errors.EmbeddedError, or PortTakenError.
    """
    began = time.perf_counter()
    launch = LaunchSettings()
    with _listen(port) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        step("starting PostgreSQL and Valkey")
        state = StateDir(state_dir)
        async with EmbeddedEngines(
            state, database_url=launch.database_url, redis_url=launch.redis_url
        ) as engines:
            settings = _settings(launch, engines, url)
            step("bringing the database up to date")
            await asyncio.to_thread(_migrate_all, settings)
            step("starting the services")
            async with AsyncExitStack() as stack:
                app = create_platform(settings)
                async with asyncio.TaskGroup() as starting:
                    for queue in QUEUES:
                        starting.create_task(engines.supervisor.start(_worker(queue, settings)))
                    await stack.enter_async_context(_serving(app, listening))
                password = await app.clients.auth.ensure_first_user(FIRST_USER)
                state.announce_running(url)
                yield Platform(url, state.root, password, time.perf_counter() - began)


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


def _settings(launch: LaunchSettings, engines: EmbeddedEngines, url: str) -> PlatformSettings:
    key = launch.master_key or SecretStr(engines.state.secret("master_key"))
    return PlatformSettings(
        database_url=SecretStr(engines.database_url),
        redis_url=SecretStr(engines.redis_url),
        master_key=key,
        state_dir=engines.state.root,
        public_url=url,
        log_level=launch.log_level,
        database_pool_size=4,
    )


def _migrate_all(settings: PlatformSettings) -> None:
    for service in SERVICES:
        migrate(service, settings)


def _worker(queue: Queue, settings: PlatformSettings) -> ProcessSpec:
    """Describe a worker process. Its settings travel in its environment: ps shows command lines."""
    environment = dict(os.environ) | {
        "NARU_DATABASE_URL": settings.database_url.get_secret_value(),
        "NARU_REDIS_URL": settings.redis_url.get_secret_value(),
        "NARU_MASTER_KEY": settings.master_key.get_secret_value(),
        "NARU_STATE_DIR": str(settings.state_dir),
        "NARU_PUBLIC_URL": settings.public_url,
        "NARU_LOG_LEVEL": settings.log_level,
        "NARU_DATABASE_POOL_SIZE": str(settings.database_pool_size),
    }
    return ProcessSpec(
        name=f"worker-{queue}",
        command=[sys.executable, "-m", "naru.cli.platform_worker", queue],
        environment=environment,
        ready=partial(_is_ready, ready_file(settings.state_dir, queue)),
        start_timeout_s=60.0,
        layer=_WORKERS,
    )


async def _is_ready(file: Path, pid: int) -> bool:
    return await asyncio.to_thread(_holds, file, str(pid))


def _holds(file: Path, text: str) -> bool:
    return file.exists() and file.read_text() == text


@asynccontextmanager
async def _serving(app: Gateway, listening: socket.socket) -> AsyncIterator[None]:
    server = _Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            await asyncio.wait([serving], timeout=0.01)
            if serving.done():
                serving.result()
                raise RuntimeError("the gateway stopped while it was starting: see the log above")
        yield
    finally:
        server.should_exit = True
        await serving
