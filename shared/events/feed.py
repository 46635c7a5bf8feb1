"""Read a service's own outbox: what its ``/internal/events`` answers with."""

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from shared.events.types import EventBatch, EventEnvelope
from shared.platform_tables import PlatformTables

RETENTION = timedelta(days=30)


async def read_events(
    session: AsyncSession, tables: PlatformTables, after: int, limit: int
) -> EventBatch:
    """Return the events behind ``after``, oldest first."""
    outbox = tables.outbox
    query = select(outbox).where(outbox.c.seq > after).order_by(outbox.c.seq).limit(limit)
    rows = (await session.execute(query)).mappings()
    return EventBatch(events=[EventEnvelope.model_validate(dict(row)) for row in rows])


async def forget_old_events(engine: AsyncEngine, tables: PlatformTables) -> None:
    """Delete events that every consumer has had ample time to read."""
    outbox = tables.outbox
    async with engine.begin() as connection:
        await connection.execute(
            delete(outbox).where(outbox.c.occurred_at < func.now() - RETENTION)
        )
