"""SQL of preferences."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from notification_service.models import PreferencesRow


class PreferenceRepository:
    """Rows of ``notification.preferences``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, workspace_id: UUID) -> PreferencesRow | None:
        """Return the workspace's row, or None."""
        return await self._session.get(PreferencesRow, workspace_id)

    async def add(self, row: PreferencesRow) -> None:
        """Insert the workspace's row unless it has one."""
        values = {
            "workspace_id": row.workspace_id,
            "inbox_event_types": row.inbox_event_types,
            "locale": row.locale,
            "quiet_hours": row.quiet_hours,
            "revision": row.revision,
        }
        await self._session.execute(insert(PreferencesRow).values(values).on_conflict_do_nothing())

    async def lock(self, workspace_id: UUID) -> PreferencesRow:
        """Return the workspace's row, which exists, to change it."""
        query = select(PreferencesRow).where(PreferencesRow.workspace_id == workspace_id)
        return (await self._session.scalars(query.with_for_update())).one()
