"""``GET /internal/events``: the outbox of a service, for the services above it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from shared.events.feed import read_events
from shared.events.types import EventBatch
from shared.http.dependencies import Work, require_service
from shared.platform_tables import PlatformTables


def events_router(tables: PlatformTables) -> APIRouter:
    """Return the router that every producing service includes."""
    router = APIRouter(prefix="/internal/events", dependencies=[Depends(require_service)])

    @router.get("")
    async def read_outbox(
        work: Work,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> EventBatch:
        """Return the events behind a position, oldest first."""
        return await read_events(work.session, tables, after, limit)

    return router
