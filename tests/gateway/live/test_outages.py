"""Redis hangs, or restarts without its memory: nobody is left in silence."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import orjson
import pytest
from arq.connections import ArqRedis
from pydantic import SecretStr

from gateway.live.channels import open_channel
from gateway.live.feed import Feed, Gap
from gateway.live.hub import Hub, Numbered
from infra.embedded.supervisor import Supervisor
from infra.embedded.valkey import Valkey
from shared.identity import Principal
from shared.redis import connect_redis
from shared.settings import PlatformSettings
from shared.streams import LiveStreams

OWNER = Principal("session", user_id=uuid4(), workspace_id=UUID(int=9), scopes=frozenset({"*"}))
JOBS = open_channel("jobs", OWNER)
PATIENCE_S = 20.0


@pytest.fixture
async def frail_redis(scratch: Path) -> AsyncIterator[ArqRedis]:
    """Return a client of a server of our own, with the platform's deadlines."""
    folder = scratch / f"frail-{uuid4().hex[:6]}"
    folder.mkdir()
    async with Supervisor(folder / "logs") as supervisor:
        valkey = Valkey(folder / "valkey", folder)
        await valkey.start(supervisor)
        settings = PlatformSettings(
            database_url=SecretStr("postgresql://nobody"),
            redis_url=SecretStr(valkey.url()),
            master_key=SecretStr("5a" * 32),
            state_dir=folder,
        )
        redis = connect_redis(settings)
        yield redis
        await redis.aclose()


@pytest.fixture
async def hub(frail_redis: ArqRedis) -> AsyncIterator[Hub]:
    """Return a hub that listens."""
    hub = Hub(frail_redis)
    listening = asyncio.create_task(hub.run_forever())
    yield hub
    while not listening.done():  # redis-py may swallow a cancellation while it connects
        listening.cancel()
        await asyncio.wait({listening}, timeout=0.2)


async def hear_until(feed: Feed, woken: asyncio.Event, n: int) -> list[Numbered | Gap]:
    """Return what comes up to the message with this ``n``."""
    heard: list[Numbered | Gap] = []
    async with asyncio.timeout(PATIENCE_S):
        while not heard or step_of(heard[-1]) != n:
            await woken.wait()
            woken.clear()
            heard += [message async for message in feed.messages()]
    return heard


def step_of(message: Numbered | Gap) -> int | None:
    """Return a message's ``n``."""
    return None if isinstance(message, Gap) else int(orjson.loads(message.body)["data"]["n"])


async def test_what_was_published_while_redis_hung_arrives_in_order(
    hub: Hub, frail_redis: ArqRedis
) -> None:
    woken, streams = asyncio.Event(), LiveStreams(frail_redis)
    feed = Feed(JOBS, hub, woken.set)
    first = await feed.start(None)
    process = (await frail_redis.info("server"))["process_id"]

    os.kill(process, signal.SIGSTOP)
    try:
        for n in range(3):
            await streams.publish(JOBS.workspace_id, "jobs", {"n": n})
    finally:
        os.kill(process, signal.SIGCONT)
    heard = await hear_until(feed, woken, 2)

    # A message whose answer was lost may have been taken all the same: then it comes twice.
    steps = [step_of(message) for message in heard]
    assert sorted(set(steps), key=steps.index) == [0, 1, 2]
    assert isinstance(heard[0], Numbered)
    assert heard[0].seq == first
    feed.stop()


async def test_a_server_that_has_lost_its_memory_is_a_gap(hub: Hub, frail_redis: ArqRedis) -> None:
    woken, streams = asyncio.Event(), LiveStreams(frail_redis)
    feed = Feed(JOBS, hub, woken.set)
    first = await feed.start(None)
    await streams.publish(JOBS.workspace_id, "jobs", {"n": 0})
    await hear_until(feed, woken, 0)

    await frail_redis.flushall()
    await frail_redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")  # type: ignore[no-untyped-call]
    await streams.publish(JOBS.workspace_id, "jobs", {"n": 1})
    gap, message = await hear_until(feed, woken, 1)

    assert isinstance(gap, Gap)
    assert isinstance(message, Numbered)
    assert (gap[0], gap[1]) == (first + 1, message.seq - 1)
    feed.stop()
