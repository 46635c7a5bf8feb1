"""PostgreSQL: one engine per service, one schema per service."""

from typing import Any, Literal

from sqlalchemy import MetaData
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from shared.settings import PlatformSettings

Driver = Literal["asyncpg", "psycopg"]
COMMAND_TIMEOUT_S = 60

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
    return create_async_engine(
        database_url(settings, driver),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_size,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args=_connect_args(settings, driver),
    )


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
