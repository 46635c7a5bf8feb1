"""Connections that survive a restart, that are closed when nobody uses them, that are shared."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from shared.database import Driver, create_engine, create_sessions, sharing_connections
from shared.idle_connections import TRUSTED_S
from shared.settings import PlatformSettings

_PATIENCE_S = 60.0
_MEANWHILE_S = 0.02
_OTHERS = (
    " FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    " AND backend_type = 'client backend'"  # not those that are cleaning up just now
)


@pytest.fixture
async def settings(
    fresh_database: Callable[..., Awaitable[str]], tmp_path: Path
) -> PlatformSettings:
    return PlatformSettings(
        database_url=SecretStr(await fresh_database("auth")),
        redis_url=SecretStr("redis://nowhere"),
        master_key=SecretStr("5a" * 32),
        state_dir=tmp_path,
    )


@pytest.fixture
async def admin(settings: PlatformSettings) -> AsyncIterator[psycopg.AsyncConnection]:
    url = settings.database_url.get_secret_value()
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        yield connection


async def pause(seconds: float) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)


async def until_there_are(count: int, admin: psycopg.AsyncConnection) -> None:
    """Wait until the database has so many connections besides the administrator's."""
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            found = await (await admin.execute(f"SELECT count(*) {_OTHERS}")).fetchone()
            if found == (count,):
                return
            await pause(_MEANWHILE_S)


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
async def test_connections_that_died_while_idle_are_replaced(
    settings: PlatformSettings, admin: psycopg.AsyncConnection, driver: Driver
) -> None:
    engine = create_engine(settings, driver)
    async with engine.connect() as one, engine.connect() as two:
        await one.execute(text("SELECT 1"))
        await two.execute(text("SELECT 1"))
    await admin.execute(f"SELECT pg_terminate_backend(pid) {_OTHERS}")

    await pause(TRUSTED_S)  # they have to lie idle for a moment to be tried
    async with engine.connect() as one, engine.connect() as two:
        assert await one.scalar(text("SELECT 1")) == 1
        assert await two.scalar(text("SELECT 1")) == 1
    await engine.dispose()


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
async def test_connections_that_nobody_uses_are_closed_and_made_anew(
    settings: PlatformSettings, admin: psycopg.AsyncConnection, driver: Driver
) -> None:
    engine = create_engine(settings.model_copy(update={"database_idle_s": 0.05}), driver)
    async with engine.connect() as used:
        async with engine.connect() as one, engine.connect() as two:
            await one.execute(text("SELECT 1"))
            await two.execute(text("SELECT 1"))

        await until_there_are(1, admin)  # the one in use stays
        assert await used.scalar(text("SELECT 1")) == 1

    await until_there_are(0, admin)
    async with engine.connect() as one, engine.connect() as two, engine.connect() as three:
        for connection in (one, two, three):
            assert await connection.scalar(text("SELECT 1")) == 1
    await engine.dispose()


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
async def test_connections_in_use_for_longer_than_they_may_idle_are_left_alone(
    settings: PlatformSettings, admin: psycopg.AsyncConnection, driver: Driver
) -> None:
    engine = create_engine(settings.model_copy(update={"database_idle_s": 0.01}), driver)
    for _ in range(20):
        async with engine.connect() as used:
            await pause(_MEANWHILE_S)
            assert await used.scalar(text("SELECT 1")) == 1
    await engine.dispose()


async def test_services_opened_together_share_connections_of_a_kind(
    settings: PlatformSettings,
) -> None:
    async with sharing_connections():
        one, another = create_engine(settings), create_engine(settings)
        copying = create_engine(settings, "psycopg")
        reading = [create_sessions(engine, settings).reading.kw["bind"] for engine in (one, one)]
    alone = create_engine(settings)

    assert one is another
    assert reading[0] is reading[1]
    assert len({one, copying, reading[0], alone}) == 4
    async with one.connect() as connection:
        assert await connection.scalar(text("SHOW application_name")) == "naru"
    await one.dispose()


async def test_whoever_closes_first_leaves_the_others_their_connections(
    settings: PlatformSettings,
) -> None:
    async with sharing_connections():
        one, another = create_engine(settings), create_engine(settings)
        reading = create_sessions(one, settings).reading
    async with another.connect() as connection, reading() as session:
        await one.dispose()
        assert await connection.scalar(text("SELECT 1")) == 1
        assert await session.scalar(text("SELECT 1")) == 1
    async with another.connect() as connection, reading() as session:
        assert await connection.scalar(text("SELECT 1")) == 1
        assert await session.scalar(text("SELECT 1")) == 1
    await another.dispose()
