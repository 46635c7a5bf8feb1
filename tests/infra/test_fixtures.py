from collections.abc import Awaitable, Callable

import pytest
from psycopg import AsyncConnection
from redis.asyncio import Redis

from infra.embedded.postgres import Postgres

Database = Callable[..., Awaitable[str]]


async def _execute(url: str, command: str) -> list[tuple[object, ...]]:
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(command)
        return await cursor.fetchall() if cursor.description else []


async def test_session_database_is_owned_by_an_ordinary_role(database_url: str) -> None:
    rows = await _execute(database_url, "SELECT rolsuper FROM pg_roles WHERE rolname = USER")

    assert rows == [(False,)]


async def test_template_is_migrated_once_and_copied(
    template_database: Callable[[str, Callable[[str], None]], Awaitable[str]],
    postgres_server: Postgres,
) -> None:
    urls: list[str] = []

    assert await template_database("once", urls.append) == "template_once"
    assert await template_database("once", urls.append) == "template_once"
    assert urls == [postgres_server.dsn("template_once")]


@pytest.mark.parametrize("attempt", [1, 2])
async def test_fresh_database_keeps_nothing_of_another_test(
    fresh_database: Database, attempt: int
) -> None:
    url, other = await fresh_database("auth"), await fresh_database("auth")
    await _execute(url, "CREATE TABLE left_over (id int)")

    assert await _execute(other, "SELECT to_regclass('left_over')") == [(None,)]


@pytest.mark.parametrize("attempt", [1, 2])
async def test_redis_is_empty_at_the_start_of_each_test(redis_url: str, attempt: int) -> None:
    async with Redis.from_url(redis_url) as redis:
        assert await redis.dbsize() == 0
        await redis.set("left_over", 1)
