"""SQL of confirmations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notification_service.models import ConfirmationRow


class ConfirmationRepository:
    """Rows of ``notification.confirmations``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: ConfirmationRow) -> None:
        """Insert a row."""
        self._session.add(row)
        await self._session.flush()

    async def find(self, confirmation_id: UUID) -> ConfirmationRow | None:
        """Return a confirmation for a task, or None."""
        return await self._session.get(ConfirmationRow, confirmation_id)

    async def lock_newest(self, workspace_id: UUID, channel_id: UUID) -> ConfirmationRow | None:
        """Return the newest confirmation of a channel, to change it."""
        query = (
            select(ConfirmationRow)
            .where(
                ConfirmationRow.workspace_id == workspace_id,
                ConfirmationRow.channel_id == channel_id,
            )
            .order_by(ConfirmationRow.created_at.desc())
            .limit(1)
        )
        return await self._session.scalar(query.with_for_update())

    async def count_since(self, workspace_id: UUID, since: datetime) -> int:
        """Count the workspace's confirmations since then, and forget the older ones."""
        mine = ConfirmationRow.workspace_id == workspace_id
        await self._session.execute(
            delete(ConfirmationRow).where(mine, ConfirmationRow.created_at < since)
        )
        return await self._session.scalar(select(func.count()).where(mine)) or 0
