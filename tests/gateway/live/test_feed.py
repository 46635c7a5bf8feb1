"""Slow readers cost no memory: jobs are read again, quotes are conflated."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from arq.connections import ArqRedis

from gateway.live.channels import Channel, open_channel
from gateway.live.feed import MOST_WAITING, Feed, Gap
from gateway.live.hub import Hub, Numbered
from shared.identity import Principal
from shared.streams import LiveStreams, latest_number

OWNER = Principal("session", user_id=uuid4(), workspace_id=UUID(int=9), scopes=frozenset({"*"}))
JOBS = open_channel("jobs", OWNER)
QUOTES = open_channel("market:KRW-BTC", OWNER)


@pytest.fixture
async def hub(redis: ArqRedis) -> AsyncIterator[Hub]:
    """Return a hub that listens."""
    hub = Hub(redis)
    listening = asyncio.create_task(hub.run_forever())
    yield hub
    listening.cancel()
    await asyncio.wait({listening})


async def publish(streams: LiveStreams, hub: Hub, channel: Channel, count: int) -> None:
    """Publish some messages, and wait until the hub has handed all of them out."""
    witness, heard = Feed(channel, hub, lambda: None), 0
    await witness.start(None)
    for n in range(count):
        await streams.publish(channel.workspace_id, channel.name, {"n": n}, key=f"key{n % 3}")
        heard += len([message async for message in witness.messages()])
    async with asyncio.timeout(60):
        while heard < count:
            await asyncio.sleep(0)
            heard += len([message async for message in witness.messages()])
    witness.stop()


async def read(feed: Feed) -> list[Numbered | Gap]:
    return [message async for message in feed.messages()]


async def test_a_slow_reader_of_jobs_gets_every_message_in_order(
    hub: Hub, streams: LiveStreams
) -> None:
    slow = Feed(JOBS, hub, lambda: None)
    first = await slow.start(None)

    await publish(streams, hub, JOBS, 2 * MOST_WAITING)
    heard = await read(slow)

    assert not any(isinstance(message, Gap) for message in heard)
    seqs = [message.seq for message in heard if isinstance(message, Numbered)]
    assert seqs == list(range(first, first + 2 * MOST_WAITING))
    slow.stop()


async def test_a_slow_reader_of_quotes_gets_the_latest_of_each_key(
    hub: Hub, streams: LiveStreams
) -> None:
    slow = Feed(QUOTES, hub, lambda: None)
    first = await slow.start(None)

    await publish(streams, hub, QUOTES, 2 * MOST_WAITING)
    heard = [message for message in await read(slow) if isinstance(message, Numbered)]

    last = first + 2 * MOST_WAITING - 1
    assert len(heard) < MOST_WAITING // 4
    assert {message.seq for message in heard} >= {last, last - 1, last - 2}
    assert [message.seq for message in heard] == sorted(message.seq for message in heard)
    slow.stop()


async def test_a_quick_reader_of_quotes_gets_all(hub: Hub, streams: LiveStreams) -> None:
    quick = Feed(QUOTES, hub, lambda: None)
    first = await quick.start(None)

    await publish(streams, hub, QUOTES, 10)

    heard = [message.seq for message in await read(quick) if isinstance(message, Numbered)]
    assert heard == list(range(first, first + 10))
    quick.stop()


async def test_a_lost_subscription_loses_nothing(
    hub: Hub, streams: LiveStreams, redis: ArqRedis
) -> None:
    woken = asyncio.Event()
    feed = Feed(JOBS, hub, woken.set)
    first = await feed.start(None)

    await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")  # type: ignore[no-untyped-call]
    await streams.publish(JOBS.workspace_id, "jobs", {"meanwhile": True})
    heard: list[Numbered | Gap] = []
    async with asyncio.timeout(60):
        while not heard:
            await woken.wait()
            woken.clear()
            heard = await read(feed)

    assert [message.seq for message in heard if isinstance(message, Numbered)] == [first]
    feed.stop()


async def test_a_crowd_that_reads_again_makes_one_read(
    hub: Hub, streams: LiveStreams, redis: ArqRedis
) -> None:
    await publish(streams, hub, JOBS, 5)
    feeds = [Feed(JOBS, hub, lambda: None) for _ in range(50)]
    latest = await latest_number(redis, JOBS.stream)
    await asyncio.gather(*(feed.start(latest - 2) for feed in feeds))
    await redis.config_resetstat()

    heard = await asyncio.gather(*(read(feed) for feed in feeds))
    stats = await redis.info("commandstats")

    assert all(len(messages) == 3 for messages in heard)
    assert stats["cmdstat_xrange"]["calls"] < 10
    for feed in feeds:
        feed.stop()
