"""PostgreSQL: a schema per service; an engine per service, or one for all in the same process."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Engine, MetaData, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from shared.idle_connections import look_after_idle
from shared.settings import PlatformSettings

Driver = Literal["asyncpg", "psycopg"]
COMMAND_TIMEOUT_S = 60

Use = Literal["writing", "reading"]
_OPTIONS: Mapping[Use, Mapping[str, Any]] = {
    "writing": {},
    "reading": {"isolation_level": "AUTOCOMMIT"},
}
_PARAMETERS: Mapping[Use, Mapping[str, str]] = {
    "writing": {},
    "reading": {"default_transaction_read_only": "on"},
}
_shared: ContextVar[dict[tuple[URL, Use], AsyncEngine] | None] = ContextVar(
    "shared_connections", default=None
)

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def schema_metadata(schema: str) -> MetaData:
    """Return the metadata in which one service declares its tables."""
    return MetaData(schema=schema, naming_convention=_NAMING)


def database_url(settings: PlatformSettings, driver: str) -> URL:
    """Return the configured address for one driver: ``asyncpg`` or ``psycopg``."""
    url = make_url(settings.database_url.get_secret_value())
    return url.set(drivername=f"postgresql+{driver}")


@dataclass(frozen=True, slots=True)
class Sessions:
    """The factories of sessions; rows stay readable after the commit.

    writing   each session is a transaction
    reading   every statement stands alone, on connections that PostgreSQL lets change nothing
    """

    writing: async_sessionmaker[AsyncSession]
    reading: async_sessionmaker[AsyncSession]


def create_engine(settings: PlatformSettings, driver: Driver = "asyncpg") -> AsyncEngine:
    """Open the pool that a service's requests and tasks share. Connects on first use.

    ``psycopg`` is for services that COPY: with it, bulk data joins the session's transaction.
    """
    return _open(settings, driver, "writing")


def create_sessions(engine: AsyncEngine, settings: PlatformSettings) -> Sessions:
    """Return the sessions of an engine, and of connections for reading that close with it."""
    readers = _open(settings, engine.driver, "reading")

    def close_too(closed: Engine) -> None:
        readers.sync_engine.dispose()

    event.listen(engine.sync_engine, "engine_disposed", close_too)
    return Sessions(
        async_sessionmaker(engine, expire_on_commit=False),
        async_sessionmaker(readers, expire_on_commit=False),
    )


@asynccontextmanager
async def sharing_connections() -> AsyncIterator[None]:
    """Let the services that are opened in this block use the same connections.

    For services in one process with one database. Whoever is closed first closes what lies idle;
    the others connect again.
    """
    token = _shared.set({})
    try:
        yield
    finally:
        _shared.reset(token)


def _open(settings: PlatformSettings, driver: str, use: Use) -> AsyncEngine:
    shared = _shared.get()
    if shared is None:
        return _create(settings, driver, use, settings.service)
    url = database_url(settings, driver)
    if (url, use) not in shared:
        shared[url, use] = _create(settings, driver, use, PlatformSettings.service)
    return shared[url, use]


def _create(settings: PlatformSettings, driver: str, use: Use, name: str) -> AsyncEngine:
    engine = create_async_engine(
        database_url(settings, driver),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_size if use == "writing" else 0,
        pool_timeout=10,
        pool_use_lifo=True,  # the others lie idle, and are closed
        connect_args=_connect_args(driver, name, _PARAMETERS[use]),
        **_OPTIONS[use],
    )
    look_after_idle(engine, settings.database_idle_s)
    return engine


def _connect_args(driver: str, name: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    given = {"timezone": "UTC", **parameters}
    if driver == "psycopg":
        given["statement_timeout"] = f"{COMMAND_TIMEOUT_S}s"
        options = " ".join(f"-c {key}={value}" for key, value in given.items())
        return {"connect_timeout": 5, "application_name": name, "options": options}
    return {
        "timeout": 5,
        "command_timeout": COMMAND_TIMEOUT_S,
        "server_settings": {"application_name": name, **given},
    }
