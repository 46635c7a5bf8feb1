"""The data service's app on real servers, called as the gateway and other services call it."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from psycopg.sql import SQL, Identifier
from pydantic import SecretStr

from data_service.app import create_app
from data_service.client import DataClient
from data_service.deps import DataDeps
from data_service.settings import DataSettings
from infra.embedded.valkey import Valkey
from shared.http.transports import connect
from shared.identity import IdentitySigner
from tests.data_service.caller import MASTER_KEY, Caller


@pytest.fixture(scope="session")
async def data_database(migrated_database: Callable[..., Awaitable[str]]) -> str:
    """Return the address of a database with the service's tables; tests commit to it."""
    return await migrated_database("data")


@pytest.fixture
async def empty_database(data_database: str) -> str:
    """Return the same without any row but that of the storage."""
    async with await psycopg.AsyncConnection.connect(data_database) as connection:
        for table in ("bars", "uploads", "snapshots", "datasets"):
            await connection.execute(SQL("DELETE FROM data.{}").format(Identifier(table)))
        await connection.execute("TRUNCATE data.outbox RESTART IDENTITY")
    return data_database


@pytest.fixture(scope="session")
def settings(
    data_database: str, valkey_server: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> DataSettings:
    """Return the settings of one installation for all tests of the service."""
    return DataSettings(
        database_url=SecretStr(data_database),
        redis_url=SecretStr(valkey_server.url()),
        master_key=MASTER_KEY,
        state_dir=tmp_path_factory.mktemp("data"),
    )


@pytest.fixture(scope="session")
async def running_app(settings: DataSettings) -> AsyncIterator[FastAPI]:
    """Return the app, running for all tests of the service."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def app(running_app: FastAPI, empty_database: str) -> FastAPI:
    """Return the running app, with nothing stored."""
    return running_app


@pytest.fixture
def deps(app: FastAPI) -> DataDeps:
    """Return what the app has opened."""
    deps: DataDeps = app.state.deps
    return deps


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Return a client that reaches the app in this process."""
    async with connect(None, app) as http:
        yield http


@pytest.fixture
def client(http: httpx2.AsyncClient) -> DataClient:
    """Return the typed client that other services use."""
    return DataClient(http, IdentitySigner(MASTER_KEY))


@pytest.fixture
def caller(http: httpx2.AsyncClient) -> Caller:
    """Return a signed-in person with an empty workspace."""
    return Caller(http)


@pytest.fixture
def stranger(http: httpx2.AsyncClient) -> Caller:
    """Return a signed-in person of another workspace."""
    return Caller(http)
