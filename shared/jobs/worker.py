"""A worker process: the runners of some services, woken by arq, and their event consumers."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from arq.connections import ArqRedis
from arq.worker import Worker, func
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.events.consumer import EventConsumer
from shared.events.feed import forget_old_events
from shared.idempotency.attempts import forget_old_answers
from shared.jobs.claims import JobClaims
from shared.jobs.runner import JobRunner
from shared.jobs.tasks import Queue, Task
from shared.logging import get_logger
from shared.platform_tables import PlatformTables
from shared.redis import connect_redis, deserialize_job, serialize_job
from shared.settings import PlatformSettings
from shared.together import run_together
from shared.wakeups import WAKE, arq_queue, listening

log = get_logger(__name__)

_POLL_S = 0.02
_WAKING_S = 1.0
_RECONNECT_S = 1.0
_FORGET_INTERVAL_S = 3600.0


def no_consumers(deps: Any) -> Sequence[EventConsumer]:
    """Return nothing: most services follow nobody's events."""
    return ()


@dataclass(frozen=True, slots=True)
class ServiceWorker:
    """What one service brings to a worker process; made by its ``worker.py``.

    deps        opens and closes the service's injected things, ``engine`` among them
    consumers   ``consumers(deps)``; they run in the worker of the ``seconds`` queue only
    max_jobs    how many jobs of each queue run at once in one process
    """

    settings: PlatformSettings
    tables: PlatformTables
    deps: AbstractAsyncContextManager[Any]
    tasks: Sequence[Task]
    consumers: Callable[[Any], Sequence[EventConsumer]] = no_consumers
    max_jobs: int = 10


async def run_worker(
    services: Sequence[ServiceWorker],
    queues: Sequence[Queue],
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Work off ``queues`` of ``services`` until cancelled; ``on_ready`` is called once it does."""
    loops: list[Coroutine[Any, Any, None]] = []
    async with AsyncExitStack() as stack:
        for service in services:
            deps = await stack.enter_async_context(service.deps)
            claims = JobClaims(deps.engine, service.tables.jobs)
            for queue in queues:
                tasks = [task for task in service.tasks if task.queue == queue]
                if tasks:
                    runner = JobRunner(tasks, claims, deps, queue, service.max_jobs)
                    loops.append(runner.run_forever())
                    loops.append(listen_forever(service.settings, queue, runner))
            if "seconds" in queues:
                loops.append(_forget_forever(deps.engine, claims, service.tables))
                loops += [consumer.run_forever() for consumer in service.consumers(deps)]
        on_ready()
        log.info("worker.ready", services=[s.settings.service for s in services], queues=queues)
        await run_together(loops)


async def listen_forever(settings: PlatformSettings, queue: Queue, runner: JobRunner) -> None:
    """Let arq wake the runner. When Redis is away the sweeps carry on alone.

    arq would ask Redis for work many times a second. Here it is started when there is some, and
    ends when none is left.
    """
    name = arq_queue(settings.service, queue)
    while True:
        async with connect_redis(settings) as redis:
            worker = _arq_worker(name, redis, runner)
            try:
                async with listening(redis, name) as listener:
                    while True:
                        await _work_off(worker)
                        runner.rely_on_wakeups()
                        while not await listener.wait():
                            pass  # the runner sweeps
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("worker.redis_away", service=settings.service, reason=repr(error))
            finally:
                runner.rely_on_sweeps()
                await _close(worker)
        await asyncio.sleep(_RECONNECT_S)


def _arq_worker(name: str, redis: ArqRedis, runner: JobRunner) -> Worker:
    """Return what works off the messages that are in a queue; it may be run again and again."""

    async def wake(ctx: dict[Any, Any], *ids: Any, **options: Any) -> None:
        runner.wake(UUID(hex=ids[0]))

    return Worker(
        functions=[func(wake, name=WAKE, keep_result=0, max_tries=1, timeout=_WAKING_S)],
        redis_pool=redis,
        queue_name=name,
        burst=True,
        poll_delay=_POLL_S,
        queue_read_limit=1000,
        handle_signals=False,
        log_results=False,
        job_serializer=serialize_job,
        job_deserializer=deserialize_job,
    )


async def _work_off(worker: Worker) -> None:
    """Let arq's worker run to its end: one that is cancelled finishes messages all the same.

    It would take connections for that from a pool that is closed already.
    """
    working = asyncio.create_task(worker.async_run())
    try:
        await asyncio.wait({working})
    finally:
        await asyncio.wait({working}, timeout=_WAKING_S)
    await working


async def _close(worker: Worker) -> None:
    """Close arq's worker, which says goodbye to Redis first: while that is away, it cannot."""
    try:
        await worker.close()
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("worker.not_closed", reason=repr(error))


async def _forget_forever(engine: AsyncEngine, claims: JobClaims, tables: PlatformTables) -> None:
    """Delete ended jobs, old events and old answers, once an hour."""
    while True:
        try:
            await claims.forget_old()
            await forget_old_events(engine, tables)
            await forget_old_answers(engine, tables.answers)
        except (SQLAlchemyError, OSError) as error:
            log.warning("worker.forget_failed", reason=repr(error))
        await asyncio.sleep(_FORGET_INTERVAL_S)
