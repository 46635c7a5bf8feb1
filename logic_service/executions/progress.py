"""Tell watchers how far a run is. A hint: throttled, and allowed to be lost."""

import asyncio
import time
from types import TracebackType
from typing import Self
from uuid import UUID

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from shared.logging import get_logger
from shared.streams import LiveStreams

log = get_logger(__name__)

INTERVAL_S = 0.1
_KEPT_S = 3600


def progress_key(run_id: str) -> str:
    """Return the Redis key that holds the fraction done."""
    return f"progress:{run_id}"


class ProgressReporter:
    """Called in the sandbox's thread with every step; publishes from the event loop.

    The newest step wins; at most one message leaves in ``INTERVAL_S``.
    """

    def __init__(
        self, redis: ArqRedis, streams: LiveStreams, workspace_id: UUID, kind: str, run_id: str
    ) -> None:
        self._redis = redis
        self._streams = streams
        self._workspace_id = workspace_id
        self._kind = kind
        self._run_id = run_id
        self._loop = asyncio.get_running_loop()
        self._moved = asyncio.Event()
        self._fraction = 0.0
        self._quiet_until = 0.0
        self._is_over = False

    def __call__(self, done: int, total: int) -> None:
        """Take a step: ``done`` of ``total`` bars."""
        self._fraction = done / total if total else 0.0
        now = time.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + INTERVAL_S
            self._loop.call_soon_threadsafe(self._moved.set)

    async def __aenter__(self) -> Self:
        self._publishing = asyncio.create_task(self._publish_forever())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Asked to end, not cancelled: redis-py can swallow a cancellation while it connects, and
        # the run's answer would wait for ever.
        self._is_over = True
        self._moved.set()
        await asyncio.wait({self._publishing})

    async def _publish_forever(self) -> None:
        while True:
            await self._moved.wait()
            self._moved.clear()
            if self._is_over:
                return
            await self._publish(round(self._fraction, 4))

    async def _publish(self, fraction: float) -> None:
        try:
            await self._redis.set(progress_key(self._run_id), fraction, ex=_KEPT_S)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("progress.lost", run_id=self._run_id, reason=repr(error))
            return
        message = {
            "kind": self._kind,
            "id": self._run_id,
            "status": "running",
            "progress": fraction,
        }
        await self._streams.publish(self._workspace_id, "jobs", message)
