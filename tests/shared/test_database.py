"""Connections survive a restart of PostgreSQL without every use being preceded by a ping."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from shared.database import TRUSTED_S, Driver, create_engine
from shared.settings import PlatformSettings


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
async def test_connections_that_died_while_idle_are_replaced(
    fresh_database: Callable[..., Awaitable[str]], tmp_path: Path, driver: Driver
) -> None:
    url = await fresh_database("auth")
    settings = PlatformSettings(
        database_url=SecretStr(url),
        redis_url=SecretStr("redis://nowhere"),
        master_key=SecretStr("5a" * 32),
        state_dir=tmp_path,
    )
    engine = create_engine(settings, driver)
    async with engine.connect() as one, engine.connect() as two:
        await one.execute(text("SELECT 1"))
        await two.execute(text("SELECT 1"))
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as admin:
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            " AND backend_type = 'client backend'"  # not those that are cleaning up just now
        )

    with pytest.raises(TimeoutError):  # they have to lie idle for a moment to be tried
        await asyncio.wait_for(asyncio.Event().wait(), TRUSTED_S)
    async with engine.connect() as one, engine.connect() as two:
        assert await one.scalar(text("SELECT 1")) == 1
        assert await two.scalar(text("SELECT 1")) == 1
    await engine.dispose()
