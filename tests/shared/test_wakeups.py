"""Whoever listens hears of everything, and notices when nobody speaks."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from arq.connections import ArqRedis
from pydantic import SecretStr
from redis.exceptions import RedisError

from shared.redis import connect_redis
from shared.settings import PlatformSettings
from shared.wakeups import Wakeups, events_channel, listening


@pytest.fixture
async def redis(settings: PlatformSettings) -> AsyncIterator[ArqRedis]:
    redis = connect_redis(settings)
    yield redis
    await redis.aclose()


async def test_what_is_said_while_the_listener_looks_is_heard_afterwards(redis: ArqRedis) -> None:
    wakeups = Wakeups(redis, "trading")

    async with asyncio.timeout(60), listening(redis, events_channel("trading")) as listener:
        for _ in range(3):
            await wakeups.events()
            await listener.wait()


async def test_what_is_said_often_is_heard_once(redis: ArqRedis) -> None:
    wakeups = Wakeups(redis, "trading")

    async with asyncio.timeout(60), listening(redis, events_channel("trading")) as listener:
        for _ in range(100):
            await wakeups.events()
        await redis.ping()  # what was published before has been sent before
        await listener.wait()
        again = asyncio.create_task(listener.wait())
        await redis.ping()
        assert not again.done()
        await wakeups.events()
        await again


async def test_a_listener_is_told_that_its_connection_was_lost(redis: ArqRedis) -> None:
    async with asyncio.timeout(60), listening(redis, events_channel("trading")) as listener:
        await redis.client_kill_filter(_type="pubsub")
        with pytest.raises(RedisError):
            await listener.wait()


async def test_a_server_that_says_nothing_is_not_listened_to(
    settings: PlatformSettings, tmp_path: Path
) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass
        writer.close()

    path = tmp_path / "mute.sock"
    server = await asyncio.start_unix_server(say_nothing, path)
    mute = connect_redis(
        settings.model_copy(update={"redis_url": SecretStr(f"unix://{path}?db=0")}),
        socket_timeout=0.1,
    )

    async with server, mute:
        with pytest.raises((TimeoutError, RedisError)):
            async with listening(mute, "anything"):
                pytest.fail("nobody has answered")
