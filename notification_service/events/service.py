"""Take in what other services report, and pass it to the channels that want it."""

from collections.abc import Sequence
from uuid import UUID

from notification_service.channels.repository import ChannelRepository
from notification_service.contract.errors import EventNotFoundError
from notification_service.deliveries.service import DeliveryService
from notification_service.events.presenting import PUBLIC_TYPES, public_data
from notification_service.events.repository import EventRepository
from notification_service.models import EventRow
from shared.events.types import EventEnvelope
from shared.http.pages import CursorSigner
from shared.unit_of_work import UnitOfWork


class EventService:
    """Decisions about events, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._events = EventRepository(work.session)

    async def take_in(self, envelope: EventEnvelope) -> None:
        """Keep the event and start its deliveries."""
        row = EventRow(
            id=envelope.id,
            workspace_id=envelope.workspace_id,
            type=PUBLIC_TYPES[envelope.name],
            data=public_data(envelope.payload),
            occurred_at=envelope.occurred_at,
        )
        await self._events.add(row)
        channels = ChannelRepository(self._work.session)
        wanting = await channels.interested(row.workspace_id, row.type)
        await DeliveryService(self._work).create(row, wanting)

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
