"""SQL of events."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from notification_service.contract.event_types import EventType
from notification_service.models import EventRow
from shared.http.pages import CursorSigner, PagedList

_PAGES = PagedList(
    select(EventRow)
    .where(EventRow.workspace_id == bindparam("workspace_id"))
    .order_by(EventRow.occurred_at.desc(), EventRow.id.desc())
)


class EventRepository:
    """Rows of ``notification.events``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: EventRow) -> None:
        """Insert an event."""
        self._session.add(row)
        await self._session.flush()

    async def find(self, workspace_id: UUID, event_id: UUID) -> EventRow | None:
        """Return the workspace's event, or None."""
        query = select(EventRow).where(
            EventRow.workspace_id == workspace_id, EventRow.id == event_id
        )
        return await self._session.scalar(query)

    async def find_named(self, workspace_id: UUID, ids: Collection[UUID]) -> Sequence[EventRow]:
        """Return the workspace's events of these ids, oldest first."""
        query = select(EventRow).where(EventRow.workspace_id == workspace_id, EventRow.id.in_(ids))
        return (await self._session.scalars(query.order_by(EventRow.occurred_at))).all()

    async def list_span(
        self,
        workspace_id: UUID,
        types: Collection[EventType],
        since: datetime,
        until: datetime | None,
        limit: int,
    ) -> Sequence[EventRow]:
        """Return the first events of a span of time, oldest first."""
        query = select(EventRow).where(
            EventRow.workspace_id == workspace_id,
            EventRow.type.in_(types),
            EventRow.occurred_at >= since,
        )
        if until is not None:
            query = query.where(EventRow.occurred_at < until)
        query = query.order_by(EventRow.occurred_at, EventRow.id).limit(limit)
        return (await self._session.scalars(query)).all()

    async def list(
        self, workspace_id: UUID, cursors: CursorSigner, cursor: str | None, limit: int
    ) -> tuple[Sequence[EventRow], str | None]:
        """Return one page, newest first, and the cursor of the next."""
        return await _PAGES.read(self._session, cursors, cursor, limit, workspace_id=workspace_id)
