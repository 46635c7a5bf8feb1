"""Real servers for every test that wants one: started once a session, in a folder of their own.

database_url        one migrated database for the whole session; tests roll back
migrated_database   the same for some services only: `await migrated_database("trading")`
fresh_database      a database for this test alone, which may commit: `await fresh_database()`
redis_url           an emptied Valkey
template_database   for other schemas: run a migration once, copy the result
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from importlib.resources import files
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from pydantic import SecretStr
from redis.asyncio import Redis

from infra.embedded.databases import create_database, drop_database
from infra.embedded.postgres import Postgres
from infra.embedded.supervisor import Supervisor
from infra.embedded.valkey import Valkey
from shared.logging import configure_logging
from shared.migrations.run import migrate
from shared.settings import PlatformSettings

# How long an example takes says something about the machine, not about the code. On top of what
# hypothesis itself chooses where CI is set: the same examples at every run.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

# In the order in which services may know each other.
SERVICES = ("auth", "data", "logic", "trading", "notification")

_ROOM_BYTES = 4 * 1024**3

Migrate = Callable[[str], None]
TemplateDatabase = Callable[[str, Migrate], Awaitable[str]]
Database = Callable[..., Awaitable[str]]


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """Return a folder with a short path, since sockets have to fit; in memory if there is room.

    What a killed session left there is removed by the next one.
    """
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free >= _ROOM_BYTES
    parent = memory if roomy else Path(tempfile.gettempdir())
    for left in parent.glob("naru-test-*-*"):
        if not _is_alive(int(left.name.split("-")[2])):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(
        prefix=f"naru-test-{os.getpid()}-", dir=parent, ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    """Log as the platform does: structlog's own default spends seconds on drawing a traceback."""
    configure_logging("WARNING", colors=False)


@pytest.fixture(scope="session")
def engines_folder(scratch: Path) -> Path:
    """Return the folder of the session's servers."""
    folder = scratch / "engines"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
async def engines_supervisor(engines_folder: Path) -> AsyncIterator[Supervisor]:
    """Stop the session's servers at its end; they die with the process if that is killed."""
    async with Supervisor(engines_folder / "logs") as supervisor:
        yield supervisor


@pytest.fixture(scope="session")
async def postgres_server(engines_folder: Path, engines_supervisor: Supervisor) -> Postgres:
    """Return a running PostgreSQL without any database of ours."""
    server = Postgres(engines_folder / "postgres", engines_folder / "pg", durable=False)
    await server.start(engines_supervisor)
    return server


@pytest.fixture(scope="session")
async def valkey_server(engines_folder: Path, engines_supervisor: Supervisor) -> Valkey:
    """Return a running Valkey."""
    server = Valkey(engines_folder / "valkey", engines_folder)
    await server.start(engines_supervisor)
    return server


@pytest.fixture
async def redis_url(valkey_server: Valkey) -> str:
    """Return the address of a Valkey without any key."""
    url = valkey_server.url()
    async with Redis.from_url(url) as redis:
        await redis.flushall()
    return url


@pytest.fixture(scope="session")
def template_database(postgres_server: Postgres) -> TemplateDatabase:
    """Return a coroutine ``(name, migrate) -> template``; ``migrate`` gets an address, once."""
    made: set[str] = set()
    lock = asyncio.Lock()

    async def make(name: str, migrate_to: Migrate) -> str:
        template = f"template_{name}"
        async with lock:
            if template not in made:
                await create_database(postgres_server, template)
                await asyncio.to_thread(migrate_to, postgres_server.dsn(template))
                made.add(template)
        return template

    return make


@pytest.fixture(scope="session")
def migrated_template(template_database: TemplateDatabase) -> Database:
    """Return a coroutine ``(*services) -> template`` with their tables; all services by default."""

    async def make(*services: str) -> str:
        wanted = [name for name in SERVICES if name in (services or SERVICES)]

        def migrate_to(url: str) -> None:
            for service in wanted:
                if files(f"{service}_service").joinpath("migrations").is_dir():
                    migrate(service, _settings(url))

        return await template_database("_".join(wanted), migrate_to)

    return make


@pytest.fixture(scope="session")
def migrated_database(postgres_server: Postgres, migrated_template: Database) -> Database:
    """Return a coroutine ``(*services) -> url``: their tables, shared by the whole session."""

    async def make(*services: str) -> str:
        template = await migrated_template(*services)
        name = template.replace("template", "session", 1)
        await create_database(postgres_server, name, template=template)
        return postgres_server.dsn(name)

    return make


@pytest.fixture(scope="session")
async def database_url(migrated_database: Database) -> str:
    """Return the address of a database with the tables of all services."""
    return await migrated_database()


@pytest.fixture(scope="session")
def database_numbers() -> Iterator[int]:
    """Count the databases of single tests."""
    return count(1)


@pytest.fixture
async def fresh_database(
    postgres_server: Postgres, migrated_template: Database, database_numbers: Iterator[int]
) -> AsyncIterator[Database]:
    """Return a coroutine ``(*services) -> url`` of a new database, dropped after the test."""
    names: list[str] = []

    async def make(*services: str) -> str:
        template = await migrated_template(*services)
        names.append(f"test_{next(database_numbers)}")
        await create_database(postgres_server, names[-1], template=template)
        return postgres_server.dsn(names[-1])

    yield make
    for name in names:
        await drop_database(postgres_server, name)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


def _settings(url: str) -> PlatformSettings:
    return PlatformSettings(
        database_url=SecretStr(url),
        redis_url=SecretStr("redis://127.0.0.1:1"),
        master_key=SecretStr("00" * 32),
        state_dir=Path(tempfile.gettempdir()),
    )
