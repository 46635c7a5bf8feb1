"""``/events`` and ``/event-types``: what has happened, and what can."""

from typing import Annotated

from fastapi import APIRouter, Depends

from notification_service.contract.event_types import (
    DESCRIPTIONS,
    EventTypeDescription,
    PublicEvent,
)
from notification_service.events.presenting import present_event
from notification_service.events.service import EventService
from shared.http.access import public
from shared.http.dependencies import CurrentWorkspace, Cursors, Work
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, as_page, slice_page
from shared.ids import EventId

router = APIRouter(tags=["events"])


async def _service(work: Work) -> EventService:
    return EventService(work)


Events = Annotated[EventService, Depends(_service)]


@router.get(
    "/event-types",
    openapi_extra=public("notify:read", cache_s=60, cache_for="everybody"),
)
async def list_event_types(
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[EventTypeDescription]:
    """List the kinds of events that webhooks and channels can ask for."""
    items = [
        EventTypeDescription(type=kind, description=DESCRIPTIONS[kind]) for kind in DESCRIPTIONS
    ]
    return slice_page(items, lambda item: item.type, "event-types", cursors, cursor, limit)


@router.get("/events", openapi_extra=public("notify:read"))
async def list_events(
    workspace_id: CurrentWorkspace,
    events: Events,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[PublicEvent]:
    """List what has happened in the workspace, newest first."""
    rows, following = await events.list(workspace_id, cursors, cursor, limit)
    return as_page(rows, following, present_event)


@router.get("/events/{event_id}", openapi_extra=public("notify:read"))
async def get_event(
    event_id: EventId, workspace_id: CurrentWorkspace, events: Events
) -> PublicEvent:
    """Read one event, as webhooks carry it."""
    return present_event(await events.get(workspace_id, event_id))
