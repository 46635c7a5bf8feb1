"""Keep what has happened, and pass it to the inbox and to the channels that want it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from notification_service.channels.service import ChannelService
from notification_service.contract.errors import EventNotFoundError
from notification_service.contract.event_types import TEST_EVENT, EventType
from notification_service.deliveries.service import DeliveryService
from notification_service.events.presenting import PUBLIC_TYPES, public_data
from notification_service.events.repository import EventRepository
from notification_service.inbox.service import InboxService
from notification_service.models import ChannelRow, DeliveryRow, EventRow
from shared.clock import utc_now
from shared.events.types import EventEnvelope
from shared.http.pages import CursorSigner
from shared.ids import new_id, public_id
from shared.unit_of_work import UnitOfWork


class EventService:
    """Decisions about events, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._events = EventRepository(work.session)
        self._deliveries = DeliveryService(work)

    async def take_in(self, envelope: EventEnvelope) -> None:
        """Keep another service's event and start its deliveries."""
        row = EventRow(
            id=envelope.id,
            workspace_id=envelope.workspace_id,
            type=PUBLIC_TYPES[envelope.name],
            data=public_data(envelope.payload),
            occurred_at=envelope.occurred_at,
        )
        await self._spread(row)

    async def record(
        self,
        workspace_id: UUID,
        event_type: EventType,
        data: dict[str, Any],
        *,
        not_to: Collection[UUID] = (),
    ) -> None:
        """Keep an event of this service's own; ``not_to`` are channels that are not told."""
        row = EventRow(
            id=new_id(),
            workspace_id=workspace_id,
            type=event_type,
            data=data,
            occurred_at=utc_now(),
        )
        await self._spread(row, not_to)

    async def test(self, channel: ChannelRow) -> DeliveryRow:
        """Send a test event to one channel."""
        prefix = "wh" if channel.kind == "webhook" else "ch"
        row = EventRow(
            id=new_id(),
            workspace_id=channel.workspace_id,
            type=TEST_EVENT,
            data={"channel_id": public_id(prefix, channel.id)},
            occurred_at=utc_now(),
        )
        await self._events.add(row)
        (delivery_id,) = await self._deliveries.create(row, [channel.id])
        return await self._deliveries.get(channel.workspace_id, delivery_id)

    async def get(self, workspace_id: UUID, event_id: UUID) -> EventRow:
        """Return one event. Raises EventNotFoundError."""
        row = await self._events.find(workspace_id, event_id)
        if row is None:
            raise EventNotFoundError
        return row

    async def list(
        self, workspace_id: UUID, cursors: CursorSigner, cursor: str | None, limit: int
    ) -> tuple[Sequence[EventRow], str | None]:
        """Return one page of the workspace's events, newest first."""
        return await self._events.list(workspace_id, cursors, cursor, limit)

    async def find_named(self, workspace_id: UUID, ids: Collection[UUID]) -> Sequence[EventRow]:
        """Return the workspace's events of these ids. Raises EventNotFoundError for strangers'."""
        rows = await self._events.find_named(workspace_id, ids)
        if len(rows) != len(set(ids)):
            raise EventNotFoundError("at least one of the events does not exist")
        return rows

    async def list_span(
        self,
        workspace_id: UUID,
        types: Collection[EventType],
        since: datetime,
        until: datetime | None,
        limit: int,
    ) -> Sequence[EventRow]:
        """Return the first events of these types of a span of time, oldest first."""
        return await self._events.list_span(workspace_id, types, since, until, limit)

    async def _spread(self, row: EventRow, not_to: Collection[UUID] = ()) -> None:
        await self._events.add(row)
        channels = ChannelService(self._work)
        interested = await channels.list_interested(row.workspace_id, row.type)
        wanting = [channel_id for channel_id in interested if channel_id not in not_to]
        await self._deliveries.create(row, wanting)
        await InboxService(self._work).deliver(row)
