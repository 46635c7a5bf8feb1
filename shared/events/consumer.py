"""Pull one producer's events and hand each to its handler, exactly once in effect."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from arq.connections import ArqRedis
from redis.exceptions import RedisError
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from shared.errors import PlatformError
from shared.events.types import EventBatch, EventEnvelope
from shared.logging import bind_contextvars, get_logger
from shared.unit_of_work import UnitOfWork, UnitsOfWork
from shared.wakeups import events_channel, listening

log = get_logger(__name__)

Fetch = Callable[[int, int], Awaitable[EventBatch]]
"""``fetch(after_seq, limit)``: the producer's client method that reads its outbox."""

Handler = Callable[[UnitOfWork, EventEnvelope], Awaitable[None]]
"""Does the consumer's work for one event, in the transaction that moves the cursor."""

POLL_INTERVAL_S = 2.0
BATCH = 100


class EventConsumer:
    """Follows one producer's outbox on behalf of one service.

    handlers   event name -> handler; events without a handler are passed over
    """

    def __init__(
        self,
        producer: str,
        fetch: Fetch,
        handlers: Mapping[str, Handler],
        units_of_work: UnitsOfWork,
        redis: ArqRedis,
    ) -> None:
        self._producer = producer
        self._fetch = fetch
        self._handlers = handlers
        self._units_of_work = units_of_work
        self._redis = redis

    async def run_forever(self) -> None:
        """Consume until cancelled; every failure is retried, none skips an event."""
        while True:
            try:
                await self._follow()
            except (RedisError, OSError, TimeoutError):
                await self._catch_up()  # without Redis, polling alone must do
                await asyncio.sleep(POLL_INTERVAL_S)

    async def _follow(self) -> None:
        """Consume after each wake-up; subscribed before looking, so that none is missed."""
        async with listening(self._redis, events_channel(self._producer)) as listener:
            while True:
                await self._catch_up()
                await listener.wait()

    async def _catch_up(self) -> None:
        try:
            while await self.consume_batch():
                pass
        except (PlatformError, SQLAlchemyError, OSError) as error:
            log.warning("events.consume_failed", producer=self._producer, reason=repr(error))
            await asyncio.sleep(POLL_INTERVAL_S)

    async def consume_batch(self) -> int:
        """Handle up to one batch of events; return how many were read."""
        seq = await self._position()
        batch = await self._fetch(seq, BATCH)
        for event in batch.events:
            await self._consume(event)
        return len(batch.events)

    async def _position(self) -> int:
        async with self._units_of_work.reading() as work:
            cursors = work.tables.event_cursors
            query = select(cursors.c.seq).where(cursors.c.producer == self._producer)
            position: int | None = await work.session.scalar(query)
        if position is not None:
            return position
        async with self._units_of_work() as work:
            await work.session.execute(
                insert(cursors).values(producer=self._producer).on_conflict_do_nothing()
            )
        return await self._position()

    async def _consume(self, event: EventEnvelope) -> None:
        bind_contextvars(request_id=event.request_id)
        async with self._units_of_work() as work:
            cursors = work.tables.event_cursors
            advance = (
                update(cursors)
                .where(cursors.c.producer == self._producer, cursors.c.seq < event.seq)
                .values(seq=event.seq)
                .returning(cursors.c.seq)
            )
            moved = await work.session.scalar(advance)
            handler = self._handlers.get(event.name)
            if moved is None or handler is None:  # another worker was faster, or not for us
                return
            await handler(work, event)
