"""Short cuts through Redis: "there is a job", "there are events". Losing one costs only time."""

import asyncio
from uuid import UUID

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from shared.jobs.tasks import Queue
from shared.logging import get_logger

log = get_logger(__name__)

PATIENCE_S = 0.25
"""Whoever waits has done their work; a Redis that hangs must not hold up their answer."""

WAKE = "wake"
"""The one function that every arq worker knows: look at the job with this id."""


def arq_queue(service: str, queue: Queue) -> str:
    """Return the arq queue (a Redis key) of one service and one class of job."""
    return f"arq:{service}:{queue}"


def events_channel(service: str) -> str:
    """Return the pub/sub channel on which a producer says that its outbox has grown."""
    return f"events:{service}"


class Wakeups:
    """Sends wake-ups on behalf of one service. Never raises: sweepers find what gets lost."""

    def __init__(self, redis: ArqRedis, service: str) -> None:
        self._redis = redis
        self._service = service

    async def job(self, job_id: UUID, queue: Queue) -> None:
        """Wake a worker for a job that has just been committed."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._redis.enqueue_job(
                    WAKE,
                    job_id.hex,
                    _job_id=job_id.hex,
                    _queue_name=arq_queue(self._service, queue),
                )
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("wakeup.lost", job_id=str(job_id), reason=repr(error))

    async def events(self) -> None:
        """Wake the consumers of this service's events."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._redis.publish(events_channel(self._service), b"")
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("wakeup.lost", channel=events_channel(self._service), reason=repr(error))
