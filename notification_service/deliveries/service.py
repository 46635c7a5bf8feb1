"""What may happen to a delivery."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from notification_service.contract.deliveries import DeliveryStatus
from notification_service.contract.errors import DeliveryNotDeadError, DeliveryNotFoundError
from notification_service.deliveries.repository import DeliveryRepository
from notification_service.domain.retries import pause_after
from notification_service.models import DeliveryRow, EventRow
from shared.clock import utc_now
from shared.http.pages import CursorSigner
from shared.ids import new_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)

_LONGEST_ERROR = 500
_CLOCKS_APART = timedelta(seconds=2)


class DeliveryService:
    """Decisions about deliveries, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._deliveries = DeliveryRepository(work.session)

    async def create(self, event: EventRow, channel_ids: Sequence[UUID]) -> list[UUID]:
        """Send an event on its way to each channel; return the deliveries' ids."""
        rows = [
            DeliveryRow(
                id=new_id(),
                workspace_id=event.workspace_id,
                event_id=event.id,
                channel_id=channel_id,
                status="pending",
                attempts=0,
                created_at=utc_now(),
            )
            for channel_id in channel_ids
        ]
        await self._deliveries.add(rows)
        for row in rows:
            await self._work.enqueue("notification.deliver", row.id)
        return [row.id for row in rows]

    async def replay(self, events: Sequence[EventRow], channel_id: UUID) -> int:
        """Send events to a channel again, under the ids they had; return how many were started."""
        started = [
            await self._deliveries.start_again(new_id(), event, channel_id) for event in events
        ]
        for delivery_id in started:
            if delivery_id is not None:
                await self._work.enqueue("notification.deliver", delivery_id)
        return sum(delivery_id is not None for delivery_id in started)

    async def find_due(self, delivery_id: UUID, now: datetime) -> DeliveryRow | None:
        """Return the delivery if it has to be made now."""
        row = await self._deliveries.find(delivery_id)
        if row is None or row.status != "pending":
            return None
        early = row.next_try_at is not None and now < row.next_try_at - _CLOCKS_APART
        return None if early else row

    async def put_off(self, delivery_id: UUID, until: datetime) -> None:
        """Wait with a delivery."""
        row = await self._deliveries.lock(delivery_id)
        if row is not None:
            row.next_try_at = until
            await self._work.enqueue("notification.deliver", row.id, delay=until - utc_now())

    async def succeed(self, delivery_id: UUID) -> None:
        """Note that the message has arrived."""
        row = await self._deliveries.lock(delivery_id)
        if row is not None:
            row.status, row.delivered_at = "delivered", utc_now()
            row.error = row.next_try_at = None
            row.attempts += 1
            log.info("delivery.succeeded", delivery_id=str(delivery_id), attempts=row.attempts)

    async def fail(self, delivery_id: UUID, error: str, *, final: bool) -> DeliveryRow | None:
        """Note a try that failed, and plan the next one if there is to be one."""
        row = await self._deliveries.lock(delivery_id)
        if row is None or row.status != "pending":
            return None
        row.attempts += 1
        row.error = error[:_LONGEST_ERROR]
        pause = None if final else pause_after(row.attempts, random.random())  # noqa: S311 (spread)
        if pause is None:
            self._bury(row)
        else:
            await self.put_off(delivery_id, utc_now() + pause)
        return row

    async def give_up(self, delivery_id: UUID) -> DeliveryRow | None:
        """Note that no more tries will be made; None when that is known."""
        row = await self._deliveries.lock(delivery_id)
        if row is None or row.status != "pending":
            return None
        row.error = row.error or "the platform could not try"
        self._bury(row)
        return row

    def _bury(self, row: DeliveryRow) -> None:
        row.status, row.next_try_at = "dead", None
        log.warning("delivery.given_up", delivery_id=str(row.id), reason=row.error)

    async def requeue(self, workspace_id: UUID, delivery_id: UUID) -> DeliveryRow:
        """Try a dead delivery again. Raises DeliveryNotFoundError, DeliveryNotDeadError."""
        row = await self.get(workspace_id, delivery_id)
        if row.status != "dead":
            raise DeliveryNotDeadError
        row.status, row.attempts = "pending", 0
        await self._work.enqueue("notification.deliver", row.id)
        return row

    async def get(self, workspace_id: UUID, delivery_id: UUID) -> DeliveryRow:
        """Return one delivery, locked. Raises DeliveryNotFoundError."""
        row = await self._deliveries.lock(delivery_id, workspace_id)
        if row is None:
            raise DeliveryNotFoundError
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
