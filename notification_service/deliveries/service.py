"""What may happen to a delivery."""

from collections.abc import Sequence
from uuid import UUID

from notification_service.contract.deliveries import DeliveryStatus
from notification_service.contract.errors import DeliveryNotDeadError, DeliveryNotFoundError
from notification_service.deliveries.repository import DeliveryRepository
from notification_service.models import DeliveryRow, EventRow
from shared.clock import utc_now
from shared.http.pages import CursorSigner
from shared.ids import new_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)

_LONGEST_ERROR = 500


class DeliveryService:
    """Decisions about deliveries, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._deliveries = DeliveryRepository(work.session)

    async def create(self, event: EventRow, channel_ids: Sequence[UUID]) -> None:
        """Send an event on its way to each channel."""
        rows = [
            DeliveryRow(
                id=new_id(),
                workspace_id=event.workspace_id,
                event_id=event.id,
                channel_id=channel_id,
                status="pending",
                attempts=0,
            )
            for channel_id in channel_ids
        ]
        await self._deliveries.add(rows)
        for row in rows:
            await self._work.enqueue("notification.deliver", row.id)

    async def find_pending(self, delivery_id: UUID) -> DeliveryRow | None:
        """Return the delivery if it still has to be made."""
        row = await self._deliveries.find(delivery_id)
        return row if row is not None and row.status == "pending" else None

    async def succeed(self, delivery_id: UUID) -> None:
        """Note that the message has arrived."""
        row = await self._deliveries.lock(delivery_id)
        if row is not None:
            row.status, row.delivered_at, row.error = "delivered", utc_now(), None
            row.attempts += 1
            log.info("delivery.succeeded", delivery_id=str(delivery_id), attempts=row.attempts)

    async def note_failure(self, delivery_id: UUID, error: str) -> None:
        """Note a try that failed; another follows."""
        row = await self._deliveries.lock(delivery_id)
        if row is not None:
            row.attempts += 1
            row.error = error[:_LONGEST_ERROR]

    async def give_up(self, delivery_id: UUID, error: str | None = None) -> None:
        """Note that no more tries will be made."""
        row = await self._deliveries.lock(delivery_id)
        if row is None or row.status != "pending":
            return
        row.status = "dead"
        if error is not None:
            row.attempts += 1
            row.error = error[:_LONGEST_ERROR]
        log.warning("delivery.given_up", delivery_id=str(delivery_id), reason=row.error)

    async def requeue(self, workspace_id: UUID, delivery_id: UUID) -> DeliveryRow:
        """Try a dead delivery again. Raises DeliveryNotFoundError, DeliveryNotDeadError."""
        row = await self._deliveries.lock(delivery_id, workspace_id)
        if row is None:
            raise DeliveryNotFoundError
        if row.status != "dead":
            raise DeliveryNotDeadError
        row.status = "pending"
        await self._work.enqueue("notification.deliver", row.id)
        return row

    async def list(
        self,
        workspace_id: UUID,
        *,
        channel_id: UUID | None = None,
        status: DeliveryStatus | None = None,
        cursors: CursorSigner,
        cursor: str | None,
        limit: int,
    ) -> tuple[Sequence[DeliveryRow], str | None]:
        """Return one page of the workspace's deliveries, newest first."""
        return await self._deliveries.list(
            workspace_id,
            channel_id=channel_id,
            status=status,
            cursors=cursors,
            cursor=cursor,
            limit=limit,
        )
