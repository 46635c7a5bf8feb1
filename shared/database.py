"""PostgreSQL: one engine per service, one schema per service."""

from sqlalchemy import MetaData
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from shared.settings import PlatformSettings

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


def create_engine(settings: PlatformSettings) -> AsyncEngine:
    """Open the pool that a service's requests and tasks share. Connects on first use."""
    return create_async_engine(
        database_url(settings, "asyncpg"),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_size,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args={
            "timeout": 5,
            "command_timeout": 60,
            "server_settings": {"application_name": settings.service, "timezone": "UTC"},
        },
    )


def create_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Return the factory of sessions; rows stay readable after the commit."""
    return async_sessionmaker(engine, expire_on_commit=False)
