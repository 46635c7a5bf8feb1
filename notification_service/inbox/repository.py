"""SQL of the inbox."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notification_service.models import NotificationRow
from shared.http.pages import CursorSigner, read_page


class NotificationRepository:
    """Rows of ``notification.notifications``, each with its event."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: NotificationRow) -> None:
        """Insert a row."""
        self._session.add(row)
        await self._session.flush()

    async def find(self, notification_id: UUID) -> NotificationRow | None:
        """Return a notification for a task, or None."""
        return await self._session.get(NotificationRow, notification_id)

    async def lock(self, workspace_id: UUID, notification_id: UUID) -> NotificationRow | None:
        """Return the workspace's notification to change, or None."""
        query = select(NotificationRow).where(
            NotificationRow.workspace_id == workspace_id, NotificationRow.id == notification_id
        )
        return await self._session.scalar(query.with_for_update(of=NotificationRow))

    async def list(
        self,
        workspace_id: UUID,
        *,
        unread: bool | None,
        cursors: CursorSigner,
        cursor: str | None,
        limit: int,
    ) -> tuple[Sequence[NotificationRow], str | None]:
        """Return one page, newest first, and the cursor of the next."""
        query = select(NotificationRow).where(NotificationRow.workspace_id == workspace_id)
        if unread is not None:
            is_unread = NotificationRow.read_at.is_(None)
            query = query.where(is_unread if unread else ~is_unread)
        query = query.order_by(NotificationRow.created_at.desc(), NotificationRow.id.desc())
        return await read_page(self._session, query, cursors, cursor, limit)
