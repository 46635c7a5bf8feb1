"""SQL of deliveries."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from notification_service.contract.deliveries import DeliveryStatus
from notification_service.models import DeliveryRow, EventRow
from shared.http.pages import CursorSigner, read_page


class DeliveryRepository:
    """Rows of ``notification.deliveries``, each with its event and its channel."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, rows: Sequence[DeliveryRow]) -> None:
        """Insert rows."""
        self._session.add_all(rows)
        await self._session.flush()

    async def find(self, delivery_id: UUID) -> DeliveryRow | None:
        """Return one delivery for a task, or None."""
        return await self._session.get(DeliveryRow, delivery_id)

    async def lock(self, delivery_id: UUID, workspace_id: UUID | None = None) -> DeliveryRow | None:
        """Return one delivery to change, of any workspace or of this one."""
        query = select(DeliveryRow).where(DeliveryRow.id == delivery_id)
        if workspace_id is not None:
            query = query.where(DeliveryRow.workspace_id == workspace_id)
        return await self._session.scalar(query.with_for_update(of=DeliveryRow))

    async def start_again(
        self, delivery_id: UUID, event: EventRow, channel_id: UUID
    ) -> UUID | None:
        """Make an event's delivery to a channel, or start the one there is; return its id.

        None when it is on its way already.
        """
        statement = insert(DeliveryRow).values(
            id=delivery_id,
            workspace_id=event.workspace_id,
            event_id=event.id,
            channel_id=channel_id,
            status="pending",
            attempts=0,
        )
        again = statement.on_conflict_do_update(
            index_elements=["event_id", "channel_id"],
            set_={
                "status": "pending",
                "attempts": 0,
                "error": None,
                "next_try_at": None,
                "delivered_at": None,
            },
            where=DeliveryRow.status != "pending",
        )
        return await self._session.scalar(again.returning(DeliveryRow.id))

    async def list(
        self,
        workspace_id: UUID,
        *,
        channel_id: UUID | None,
        status: DeliveryStatus | None,
        cursors: CursorSigner,
        cursor: str | None,
        limit: int,
    ) -> tuple[Sequence[DeliveryRow], str | None]:
        """Return one page, newest first, and the cursor of the next."""
        query = select(DeliveryRow).where(DeliveryRow.workspace_id == workspace_id)
        if channel_id is not None:
            query = query.where(DeliveryRow.channel_id == channel_id)
        if status is not None:
            query = query.where(DeliveryRow.status == status)
        query = query.order_by(DeliveryRow.created_at.desc(), DeliveryRow.id.desc())
        return await read_page(self._session, query, cursors, cursor, limit)
