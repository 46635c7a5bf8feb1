"""SQL of channels; webhooks are channels too."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from notification_service.contract.event_types import AnyEventType
from notification_service.models import ChannelRow
from notification_service.models.channel import Kind
from shared.http.pages import CursorSigner, read_page


class ChannelRepository:
    """Rows of ``notification.channels``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: ChannelRow) -> bool:
        """Insert the row; False when the workspace has that target already."""
        values = {
            "id": row.id,
            "workspace_id": row.workspace_id,
            "user_id": row.user_id,
            "kind": row.kind,
            "target": row.target,
            "secret": row.secret,
            "event_types": row.event_types,
            "locale": row.locale,
            "enabled": True,
            "verified": row.verified,
            "created_at": row.created_at,
        }
        statement = insert(ChannelRow).values(values).on_conflict_do_nothing()
        added = await self._session.scalar(statement.returning(ChannelRow.id))
        return added is not None

    async def find(
        self, workspace_id: UUID, channel_id: UUID, kinds: Collection[Kind], *, lock: bool = False
    ) -> ChannelRow | None:
        """Return the workspace's channel of one of these kinds, or None."""
        query = select(ChannelRow).where(
            ChannelRow.workspace_id == workspace_id,
            ChannelRow.id == channel_id,
            ChannelRow.kind.in_(kinds),
        )
        return await self._session.scalar(query.with_for_update() if lock else query)

    async def find_target(self, workspace_id: UUID, kind: Kind, target: str) -> ChannelRow | None:
        """Return the workspace's channel of that target, locked, or None."""
        query = select(ChannelRow).where(
            ChannelRow.workspace_id == workspace_id,
            ChannelRow.kind == kind,
            ChannelRow.target == target,
        )
        return await self._session.scalar(query.with_for_update())

    async def lock(self, channel_id: UUID) -> ChannelRow | None:
        """Return a channel to change, for a task."""
        query = select(ChannelRow).where(ChannelRow.id == channel_id).with_for_update()
        return await self._session.scalar(query.execution_options(populate_existing=True))

    async def mark_working(self, channel_id: UUID) -> None:
        """Forget since when the channel has been failing."""
        await self._session.execute(
            update(ChannelRow)
            .where(ChannelRow.id == channel_id, ChannelRow.failing_since.is_not(None))
            .values(failing_since=None)
        )

    async def count(self, workspace_id: UUID, kinds: Collection[Kind]) -> int:
        """Count the workspace's channels of these kinds; others wait who want to add one."""
        await self._session.execute(
            select(func.pg_advisory_xact_lock(func.hashtext(f"channels:{workspace_id}")))
        )
        query = select(func.count()).where(
            ChannelRow.workspace_id == workspace_id, ChannelRow.kind.in_(kinds)
        )
        return await self._session.scalar(query) or 0

    async def list(
        self,
        workspace_id: UUID,
        kinds: Collection[Kind],
        cursors: CursorSigner,
        cursor: str | None,
        limit: int,
    ) -> tuple[Sequence[ChannelRow], str | None]:
        """Return one page, newest first, and the cursor of the next."""
        query = (
            select(ChannelRow)
            .where(ChannelRow.workspace_id == workspace_id, ChannelRow.kind.in_(kinds))
            .order_by(ChannelRow.created_at.desc(), ChannelRow.id.desc())
        )
        return await read_page(self._session, query, cursors, cursor, limit)

    async def interested(self, workspace_id: UUID, event_type: AnyEventType) -> Sequence[UUID]:
        """Return the ids of the enabled channels that want events of this type."""
        query = select(ChannelRow.id).where(
            ChannelRow.workspace_id == workspace_id,
            ChannelRow.enabled,
            ChannelRow.verified,
            ChannelRow.event_types.contains([event_type]),
        )
        return (await self._session.scalars(query)).all()

    async def delete_of(self, workspace_id: UUID, user_id: UUID) -> Sequence[UUID]:
        """Delete the channels that somebody has added; return their ids."""
        mine = (ChannelRow.workspace_id == workspace_id, ChannelRow.user_id == user_id)
        gone = await self._session.scalars(delete(ChannelRow).where(*mine).returning(ChannelRow.id))
        return gone.all()

    async def delete(self, row: ChannelRow) -> None:
        """Delete the channel and its deliveries."""
        await self._session.execute(delete(ChannelRow).where(ChannelRow.id == row.id))
