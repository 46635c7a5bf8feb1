"""The auth service's app on real servers, called as the gateway calls it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from auth_service.app import create_app
from auth_service.client import AuthClient
from auth_service.deps import AuthDeps
from auth_service.models import Base
from auth_service.settings import AuthSettings
from shared.http.transports import connect
from shared.identity import IdentitySigner
from tests.auth_service.visitor import Visitor

MASTER_KEY = SecretStr("5a" * 32)


@pytest.fixture(scope="session")
async def auth_database(migrated_database: Callable[..., Awaitable[str]]) -> str:
    """Return the address of a database with the service's tables; tests commit to it."""
    return await migrated_database("auth")


@pytest.fixture
async def empty_database(auth_database: str) -> str:
    """Return the same without any row."""
    tables = ", ".join(table.fullname for table in Base.metadata.sorted_tables)
    async with await psycopg.AsyncConnection.connect(auth_database) as connection:
        await connection.execute("ALTER TABLE auth.audit_entries DISABLE TRIGGER USER")
        await connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")
        await connection.execute("ALTER TABLE auth.audit_entries ENABLE TRIGGER USER")
    return auth_database


@pytest.fixture
async def settings(empty_database: str, redis_url: str, tmp_path: Path) -> AuthSettings:
    """Return settings of an installation of this test alone."""
    return AuthSettings(
        database_url=SecretStr(empty_database),
        redis_url=SecretStr(redis_url),
        master_key=MASTER_KEY,
        state_dir=tmp_path,
        answer_beat_s=0.01,
        password_memory_kib=1024,
    )


@pytest.fixture
async def app(settings: AuthSettings) -> AsyncIterator[FastAPI]:
    """Return the running app."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def deps(app: FastAPI) -> AuthDeps:
    """Return what the app has opened."""
    deps: AuthDeps = app.state.deps
    return deps


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Return a client that reaches the app in this process."""
    async with connect(None, app) as http:
        yield http


@pytest.fixture
def client(http: httpx2.AsyncClient) -> AuthClient:
    """Return the typed client that other services use."""
    return AuthClient(http, IdentitySigner(MASTER_KEY))


@pytest.fixture
def visitor(http: httpx2.AsyncClient, client: AuthClient) -> Visitor:
    """Return somebody at a browser, not signed in."""
    return Visitor(http, client, IdentitySigner(MASTER_KEY))


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark by which a test says which requirements of ASVS 5.0 it shows."""
    config.addinivalue_line("markers", "asvs(*ids): requirements of OWASP ASVS 5.0")
