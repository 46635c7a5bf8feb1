"""Events arrive in order, exactly once in effect, and only when their transaction committed."""

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar
from uuid import UUID

import pytest
from arq.connections import ArqRedis

from shared.errors import UnavailableError
from shared.events.consumer import EventConsumer
from shared.events.feed import read_events
from shared.events.types import Event, EventBatch, EventEnvelope
from shared.ids import new_id
from shared.redis import connect_redis
from shared.settings import PlatformSettings
from shared.unit_of_work import UnitOfWork, UnitsOfWork
from trading_service.models import TABLES


class Noted(Event):
    """Something happened."""

    name: ClassVar[str] = "trading.test.noted"

    number: int


@pytest.fixture
async def redis(settings: PlatformSettings) -> AsyncIterator[ArqRedis]:
    redis = connect_redis(settings)
    yield redis
    await redis.aclose()


class Follower:
    """A consumer that reads the test's own outbox and remembers what it was handed."""

    def __init__(self, units_of_work: UnitsOfWork, redis: ArqRedis) -> None:
        self._units_of_work = units_of_work
        self.numbers: list[int] = []
        self.fail_on: int | None = None
        self.arrived = asyncio.Event()
        self.consumer = EventConsumer(
            "trading", self.fetch, {Noted.name: self.handle}, units_of_work, redis
        )

    async def fetch(self, after: int, limit: int) -> EventBatch:
        async with self._units_of_work() as work:
            return await read_events(work.session, TABLES, after, limit)

    async def handle(self, work: UnitOfWork, event: EventEnvelope) -> None:
        if event.payload["number"] == self.fail_on:
            raise UnavailableError
        self.numbers.append(event.payload["number"])
        self.arrived.set()


@pytest.fixture
def follower(units_of_work: UnitsOfWork, redis: ArqRedis) -> Follower:
    return Follower(units_of_work, redis)


async def emit(units_of_work: UnitsOfWork, *numbers: int, workspace: UUID | None = None) -> None:
    async with units_of_work() as work:
        for number in numbers:
            work.emit(Noted(workspace_id=workspace or new_id(), number=number))


async def test_events_arrive_once_and_in_order(
    units_of_work: UnitsOfWork, follower: Follower
) -> None:
    await emit(units_of_work, 1, 2)
    await emit(units_of_work, 3)

    assert await follower.consumer.consume_batch() == 3
    assert await follower.consumer.consume_batch() == 0
    assert follower.numbers == [1, 2, 3]


async def test_rolled_back_events_never_happened(
    units_of_work: UnitsOfWork, follower: Follower
) -> None:
    async def emit_and_fail() -> None:
        async with units_of_work() as work:
            work.emit(Noted(workspace_id=new_id(), number=1))
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await emit_and_fail()

    assert await follower.consumer.consume_batch() == 0


async def test_failing_handler_skips_nothing(
    units_of_work: UnitsOfWork, follower: Follower
) -> None:
    await emit(units_of_work, 1, 2, 3)
    follower.fail_on = 2

    with pytest.raises(UnavailableError):
        await follower.consumer.consume_batch()
    follower.fail_on = None
    await follower.consumer.consume_batch()

    assert follower.numbers == [1, 2, 3]


async def test_two_workers_handle_an_event_once(
    units_of_work: UnitsOfWork, redis: ArqRedis
) -> None:
    await emit(units_of_work, *range(20))
    both = [Follower(units_of_work, redis) for _ in range(2)]

    await asyncio.gather(*(one.consumer.consume_batch() for one in both))

    assert sorted(both[0].numbers + both[1].numbers) == list(range(20))


async def test_concurrent_transactions_hide_no_event(
    units_of_work: UnitsOfWork, follower: Follower
) -> None:
    """A later number must not become visible before an earlier one."""
    reading = asyncio.create_task(_read_until(follower, 200))
    await asyncio.gather(*(emit(units_of_work, number) for number in range(200)))
    await reading

    assert sorted(follower.numbers) == list(range(200))


async def _read_until(follower: Follower, count: int) -> None:
    async with asyncio.timeout(60):
        while len(follower.numbers) < count:
            await follower.consumer.consume_batch()


async def test_commit_wakes_the_consumer(units_of_work: UnitsOfWork, follower: Follower) -> None:
    loop = asyncio.create_task(follower.consumer.run_forever())
    await emit(units_of_work, 7)

    async with asyncio.timeout(60):
        await follower.arrived.wait()
    loop.cancel()

    assert follower.numbers == [7]
