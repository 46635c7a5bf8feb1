"""PostgreSQL: one engine per service, one schema per service."""

from time import monotonic
from typing import Any, Literal

from sqlalchemy import MetaData, event
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


def database_url(settings: PlatformSettings, driver: Driver) -> URL:
    """Return the configured address for one driver: ``asyncpg`` or ``psycopg``."""
    url = make_url(settings.database_url.get_secret_value())
    return url.set(drivername=f"postgresql+{driver}")


def create_engine(settings: PlatformSettings, driver: Driver = "asyncpg") -> AsyncEngine:
    """Open the pool that a service's requests and tasks share. Connects on first use.

    ``psycopg`` is for services that COPY: with it, bulk data joins the session's transaction.
    """
    engine = create_async_engine(
        database_url(settings, driver),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_size,
        pool_timeout=10,
        connect_args=_connect_args(settings, driver),
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


def _connect_args(settings: PlatformSettings, driver: Driver) -> dict[str, Any]:
    if driver == "psycopg":
        limits = f"-c timezone=UTC -c statement_timeout={COMMAND_TIMEOUT_S}s"
        return {"connect_timeout": 5, "application_name": settings.service, "options": limits}
    return {
        "timeout": 5,
        "command_timeout": COMMAND_TIMEOUT_S,
        "server_settings": {"application_name": settings.service, "timezone": "UTC"},
    }


def create_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Return the factory of sessions; rows stay readable after the commit."""
    return async_sessionmaker(engine, expire_on_commit=False)
