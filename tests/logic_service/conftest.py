"""The logic service's app on real servers and with the real sandbox."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from infra.embedded.valkey import Valkey
from logic_service.app import create_app
from logic_service.client import LogicClient
from logic_service.deps import LogicDeps
from logic_service.settings import LogicSettings
from shared.http.transports import connect
from shared.identity import IdentitySigner
from tests.logic_service.caller import MASTER_KEY, Caller


@pytest.fixture(scope="session")
async def logic_database(migrated_database: Callable[..., Awaitable[str]]) -> str:
    """Return the address of a database with the service's tables; tests commit to it."""
    return await migrated_database("logic")


@pytest.fixture(scope="session")
def settings(
    logic_database: str, valkey_server: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> LogicSettings:
    """Return the settings of one installation for all tests of the service."""
    return LogicSettings(
        database_url=SecretStr(logic_database),
        redis_url=SecretStr(valkey_server.url()),
        master_key=MASTER_KEY,
        state_dir=tmp_path_factory.mktemp("logic"),
        runs_at_once=2,
    )


@pytest.fixture(scope="session")
async def app(settings: LogicSettings) -> AsyncIterator[FastAPI]:
    """Return the running app. One for all tests: its sandbox takes a while to start."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture(autouse=True)
async def _no_events(logic_database: str, redis_url: str) -> None:
    """Let every test begin without events; workspaces keep everything else apart."""
    async with await psycopg.AsyncConnection.connect(logic_database) as connection:
        await connection.execute("TRUNCATE logic.outbox RESTART IDENTITY")


@pytest.fixture
def deps(app: FastAPI) -> LogicDeps:
    """Return what the app has opened."""
    deps: LogicDeps = app.state.deps
    return deps


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Return a client that reaches the app in this process."""
    async with connect(None, app) as http:
        yield http


@pytest.fixture
def client(http: httpx2.AsyncClient) -> LogicClient:
    """Return the typed client that other services use."""
    return LogicClient(http, IdentitySigner(MASTER_KEY))


@pytest.fixture
def caller(http: httpx2.AsyncClient) -> Caller:
    """Return a signed-in person with an empty workspace."""
    return Caller(http)


@pytest.fixture
def stranger(http: httpx2.AsyncClient) -> Caller:
    """Return a signed-in person of another workspace."""
    return Caller(http)
