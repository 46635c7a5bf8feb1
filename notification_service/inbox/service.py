"""What may happen in an inbox."""

from collections.abc import Sequence
from uuid import UUID

from notification_service.contract.errors import NotificationNotFoundError
from notification_service.inbox.repository import NotificationRepository
from notification_service.models import EventRow, NotificationRow
from notification_service.preferences.service import PreferenceService
from shared.clock import utc_now
from shared.http.pages import CursorSigner
from shared.ids import new_id
from shared.unit_of_work import UnitOfWork


class InboxService:
    """Decisions about the inbox, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._notifications = NotificationRepository(work.session)
        self._preferences = PreferenceService(work)

    async def deliver(self, event: EventRow) -> None:
        """Put an event into the inbox if its workspace wants to see its type there."""
        preferences = await self._preferences.get(event.workspace_id)
        if event.type not in preferences.inbox_event_types:
            return
        row = NotificationRow(
            id=new_id(), workspace_id=event.workspace_id, event_id=event.id, created_at=utc_now()
        )
        await self._notifications.add(row)
        await self._work.enqueue("notification.publish_notification", row.id)

    async def find(self, notification_id: UUID) -> NotificationRow | None:
        """Return a notification, for a task."""
        return await self._notifications.find(notification_id)

    async def list(
        self,
        workspace_id: UUID,
        *,
        unread: bool | None,
        cursors: CursorSigner,
        cursor: str | None,
        limit: int,
    ) -> tuple[Sequence[NotificationRow], str | None]:
        """Return one page of the workspace's inbox, newest first."""
        return await self._notifications.list(
            workspace_id, unread=unread, cursors=cursors, cursor=cursor, limit=limit
        )

    async def mark_read(self, workspace_id: UUID, notification_id: UUID) -> NotificationRow:
        """Note that somebody has read it. Raises NotificationNotFoundError."""
        row = await self._notifications.lock(workspace_id, notification_id)
        if row is None:
            raise NotificationNotFoundError
        row.read_at = row.read_at or utc_now()
        return row
