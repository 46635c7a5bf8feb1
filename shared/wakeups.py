"""Short cuts through Redis: "there is a job", "there are events". Losing one costs only time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from shared.jobs.tasks import Queue
from shared.logging import get_logger
from shared.redis import SOCKET_TIMEOUT_S

log = get_logger(__name__)

PATIENCE_S = 0.25
"""Whoever waits has done their work; a Redis that hangs must not hold up their answer."""

SILENCE_S = 10.0
"""After so long without a word, whoever listens looks all the same, and asks if Redis is there."""

WAKE = "wake"
"""The one function that every arq worker knows: look at the job with this id."""


def arq_queue(service: str, queue: Queue) -> str:
    """Return the arq queue of one service and one class of job.

    It is a Redis key, and the channel on which is said that there is something under it.
    """
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
        name = arq_queue(self._service, queue)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._redis.enqueue_job(
                    WAKE, job_id.hex, _job_id=job_id.hex, _queue_name=name
                )
                await self._redis.publish(name, b"")
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("wakeup.lost", job_id=str(job_id), reason=repr(error))

    async def events(self) -> None:
        """Wake the consumers of this service's events."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._redis.publish(events_channel(self._service), b"")
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("wakeup.lost", channel=events_channel(self._service), reason=repr(error))


class Listener:
    """Hears what is published on one channel while the subscription stands."""

    def __init__(self, subscription: Any) -> None:
        self._subscription = subscription

    async def wait(self) -> bool:
        """Return when something was published, however often; false after a long silence.

        Raises TimeoutError when Redis does not answer, RedisError when it is away.
        """
        if not await self._hear(SILENCE_S):
            await self._subscription.ping()
            await self.expect_answer()
            return False
        while await self._hear(0):
            pass
        return True

    async def expect_answer(self) -> None:
        """Wait for Redis to say anything. Raises TimeoutError when it says nothing."""
        if not await self._hear(SOCKET_TIMEOUT_S):
            raise TimeoutError("Redis has hung")

    async def _hear(self, patience_s: float) -> bool:
        return await self._subscription.get_message(timeout=patience_s) is not None


@asynccontextmanager
async def listening(redis: ArqRedis, channel: str) -> AsyncIterator[Listener]:
    """Subscribe to one channel: whoever looks afterwards hears of all that they did not see.

    Raises RedisError, OSError or TimeoutError while Redis is away.
    """
    async with redis.pubsub() as subscription:
        await subscription.subscribe(channel)
        listener = Listener(subscription)
        await listener.expect_answer()
        yield listener
