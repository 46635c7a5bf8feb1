"""PostgreSQL: one engine per service, one schema per service."""

from dataclasses import dataclass
from time import monotonic
from typing import Any, Literal

from sqlalchemy import Engine, MetaData, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from shared.settings import PlatformSettings

Driver = Literal["asyncpg", "psycopg"]
COMMAND_TIMEOUT_S = 60
TRUSTED_S = 1.0
_USED_AT = "used_at"

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


def create_engine(settings: PlatformSettings, driver: Driver = "asyncpg") -> AsyncEngine:
    """Open the pool that a service's requests and tasks share. Connects on first use.

    ``psycopg`` is for services that COPY: with it, bulk data joins the session's transaction.
    """
    return _create(settings, driver, max_overflow=settings.database_pool_size)


def _create(settings: PlatformSettings, driver: str, **options: Any) -> AsyncEngine:
    connect_args = _connect_args(settings, driver, options.pop("parameters", {}))
    engine = create_async_engine(
        database_url(settings, driver),
        pool_size=settings.database_pool_size,
        pool_timeout=10,
        connect_args=connect_args,
        **options,
    )
    _ping_after_idling(engine)
    return engine


def _ping_after_idling(engine: AsyncEngine) -> None:
    """Try a connection that nobody has used for a moment, before it is used again.

    SQLAlchemy's ``pool_pre_ping`` tries every connection every time: with asyncpg that is three
    round trips, as many as a short transaction has itself.
    """
    dialect = engine.sync_engine.dialect

    def note_use(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        record.info[_USED_AT] = monotonic()

    def check(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: object) -> None:
        if monotonic() - record.info.get(_USED_AT, monotonic()) < TRUSTED_S:
            return
        try:
            dialect.do_ping(connection)
        except Exception as error:  # whatever the driver raises: the connection is gone
            raise InvalidatePoolError from error  # its neighbours are as old: replace them all

    event.listen(engine.sync_engine, "checkin", note_use)
    event.listen(engine.sync_engine, "checkout", check)


def _connect_args(
    settings: PlatformSettings, driver: str, parameters: dict[str, str]
) -> dict[str, Any]:
    given = {"timezone": "UTC", **parameters}
    if driver == "psycopg":
        given["statement_timeout"] = f"{COMMAND_TIMEOUT_S}s"
        options = " ".join(f"-c {name}={value}" for name, value in given.items())
        return {"connect_timeout": 5, "application_name": settings.service, "options": options}
    return {
        "timeout": 5,
        "command_timeout": COMMAND_TIMEOUT_S,
        "server_settings": {"application_name": settings.service, **given},
    }


@dataclass(frozen=True, slots=True)
class Sessions:
    """The factories of sessions; rows stay readable after the commit.

    writing   each session is a transaction
    reading   every statement stands alone, on connections that PostgreSQL lets change nothing
    """

    writing: async_sessionmaker[AsyncSession]
    reading: async_sessionmaker[AsyncSession]


def create_sessions(engine: AsyncEngine, settings: PlatformSettings) -> Sessions:
    """Return the sessions of an engine, and of connections for reading that close with it."""
    readers = _create(
        settings,
        engine.driver,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
        parameters={"default_transaction_read_only": "on"},
    )

    def close_too(closed: Engine) -> None:
        readers.sync_engine.dispose()

    event.listen(engine.sync_engine, "engine_disposed", close_too)
    return Sessions(
        async_sessionmaker(engine, expire_on_commit=False),
        async_sessionmaker(readers, expire_on_commit=False),
    )
