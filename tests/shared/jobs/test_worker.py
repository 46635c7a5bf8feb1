"""Wake-ups reach a runner that rests; whatever becomes of Redis, each job is run."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from arq.connections import ArqRedis
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import create_sessions
from shared.ids import new_id
from shared.jobs.claims import LEASE, JobClaims
from shared.jobs.runner import JobRunner
from shared.jobs.tasks import Queue, task
from shared.jobs.worker import ServiceWorker, listen_forever, run_worker
from shared.redis import connect_redis
from shared.settings import PlatformSettings
from shared.together import stop
from shared.unit_of_work import UnitsOfWork
from shared.wakeups import Wakeups, arq_queue
from trading_service.models import TABLES


class BlindClaims(JobClaims):
    """Claims jobs that it is told of, and finds none by itself."""

    async def due(self, queue: Queue, limit: int) -> Sequence[UUID]:
        return ()


@task("trading.try_it")
async def try_it(deps: Any, *ids: UUID) -> None:
    """Do nothing."""


@pytest.fixture
def worker_settings(settings: PlatformSettings) -> PlatformSettings:
    """Return settings under which the worker listens where the unit of work speaks."""

    class TradingLike(PlatformSettings):
        service = "trading"

    return TradingLike(**settings.model_dump())


@pytest.fixture
async def redis(settings: PlatformSettings) -> AsyncIterator[ArqRedis]:
    redis = connect_redis(settings)
    yield redis
    await redis.aclose()


@pytest.fixture
async def blind_runner(
    engine: AsyncEngine, worker_settings: PlatformSettings, redis: ArqRedis
) -> AsyncIterator[JobRunner]:
    """Return a runner that hangs on wake-ups alone; they arrive."""
    claims = BlindClaims(engine, TABLES.jobs)
    runner = JobRunner([try_it], claims, SimpleNamespace(), "seconds", max_jobs=4)
    listening = asyncio.create_task(listen_forever(worker_settings, "seconds", runner))
    await _listened_to(redis)
    yield runner
    await stop([listening])


async def _listened_to(redis: ArqRedis) -> None:
    name = arq_queue("trading", "seconds")
    async with asyncio.timeout(60):
        while dict(await redis.pubsub_numsub(name))[name.encode()] != 1:
            await asyncio.sleep(0.01)


@asynccontextmanager
async def working(settings: PlatformSettings, engine: AsyncEngine) -> AsyncIterator[None]:
    """Run a whole worker meanwhile."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Any]:
        yield SimpleNamespace(engine=engine)

    ready = asyncio.Event()
    worker = ServiceWorker(settings, TABLES, opened(), [try_it])
    running = asyncio.create_task(run_worker([worker], ["seconds"], ready.set))
    await ready.wait()
    try:
        yield
    finally:
        await stop([running])


async def enqueue(units_of_work: UnitsOfWork, delay: timedelta = timedelta(0)) -> UUID:
    async with units_of_work() as work:
        return await work.enqueue("trading.try_it", new_id(), delay=delay)


async def is_done(engine: AsyncEngine, *job_ids: UUID) -> None:
    """Return once jobs are done."""
    query = select(TABLES.jobs.c.id).where(
        TABLES.jobs.c.id.in_(job_ids), TABLES.jobs.c.state == "done"
    )
    async with asyncio.timeout(60):
        while True:
            async with engine.connect() as connection:
                if len((await connection.scalars(query)).all()) == len(job_ids):
                    return
            await asyncio.sleep(0.01)


@pytest.fixture
def unheard(engine: AsyncEngine, settings: PlatformSettings) -> UnitsOfWork:
    """Return the opener of transactions whose wake-ups all get lost."""
    nowhere = settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1")})
    wakeups = Wakeups(connect_redis(nowhere), "trading")
    return UnitsOfWork(create_sessions(engine, settings), TABLES, wakeups)


@pytest.mark.usefixtures("blind_runner")
async def test_a_wakeup_reaches_a_listener_that_sleeps(
    units_of_work: UnitsOfWork, engine: AsyncEngine
) -> None:
    for _ in range(3):
        await is_done(engine, await enqueue(units_of_work))


@pytest.mark.usefixtures("blind_runner")
async def test_no_wakeup_is_lost_among_those_that_come_while_others_are_worked_off(
    units_of_work: UnitsOfWork, engine: AsyncEngine, redis: ArqRedis
) -> None:
    name = arq_queue("trading", "seconds")

    for _ in range(40):
        await enqueue(units_of_work)

    async with asyncio.timeout(60):
        while await redis.zcard(name):
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("blind_runner")
async def test_wakeups_arrive_again_when_redis_has_hung_up(
    units_of_work: UnitsOfWork, engine: AsyncEngine, redis: ArqRedis
) -> None:
    await redis.client_kill_filter(_type="pubsub")

    await is_done(engine, await enqueue(units_of_work))


@pytest.mark.usefixtures("blind_runner")
async def test_messages_without_a_word_that_they_are_there_are_found_at_the_next(
    units_of_work: UnitsOfWork, engine: AsyncEngine, redis: ArqRedis, unheard: UnitsOfWork
) -> None:
    silent = await enqueue(unheard)
    name = arq_queue("trading", "seconds")
    await redis.enqueue_job("wake", silent.hex, _job_id=silent.hex, _queue_name=name)

    loud = await enqueue(units_of_work)

    await is_done(engine, silent, loud)


async def test_what_was_queued_before_anybody_listened_is_run(
    units_of_work: UnitsOfWork, engine: AsyncEngine, worker_settings: PlatformSettings
) -> None:
    job_id = await enqueue(units_of_work)

    async with working(worker_settings, engine):
        await is_done(engine, job_id)


async def test_a_job_whose_wakeup_was_lost_is_found_by_a_worker_at_rest(
    unheard: UnitsOfWork, engine: AsyncEngine, worker_settings: PlatformSettings, redis: ArqRedis
) -> None:
    async with working(worker_settings, engine):
        await _listened_to(redis)
        await is_done(engine, await enqueue(unheard))


async def test_jobs_are_run_while_redis_is_away(
    unheard: UnitsOfWork, engine: AsyncEngine, worker_settings: PlatformSettings
) -> None:
    nowhere = worker_settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1")})

    async with working(nowhere, engine):
        await is_done(engine, await enqueue(unheard))


async def test_a_job_of_later_is_run_when_its_time_has_come(
    units_of_work: UnitsOfWork, engine: AsyncEngine, worker_settings: PlatformSettings
) -> None:
    async with working(worker_settings, engine):
        await is_done(engine, await enqueue(units_of_work, delay=timedelta(milliseconds=50)))


async def test_a_worker_stops_while_it_rests(
    engine: AsyncEngine, worker_settings: PlatformSettings, redis: ArqRedis
) -> None:
    async with asyncio.timeout(60):
        async with working(worker_settings, engine):
            await _listened_to(redis)


async def test_a_queued_job_is_due_when_its_pause_is_over(
    units_of_work: UnitsOfWork, engine: AsyncEngine
) -> None:
    claims = JobClaims(engine, TABLES.jobs)
    assert await claims.next_due("seconds") is None

    await enqueue(units_of_work, delay=timedelta(hours=1))

    pause = await claims.next_due("seconds")
    assert pause is not None
    assert timedelta(minutes=30) < pause <= timedelta(hours=1)
    assert await claims.next_due("minutes") is None


async def test_a_running_job_is_due_when_its_lease_is_over(
    units_of_work: UnitsOfWork, engine: AsyncEngine
) -> None:
    claims = JobClaims(engine, TABLES.jobs)
    await enqueue(units_of_work, delay=timedelta(hours=1))
    assert await claims.claim(await enqueue(units_of_work)) is not None

    pause = await claims.next_due("seconds")

    assert pause is not None
    assert pause <= LEASE
