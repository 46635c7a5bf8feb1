"""SQL of the API keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from auth_service.models import ApiKeyRow, MembershipRow, UserRow, WorkspaceRow


class ApiKeyRepository:
    """Rows of ``auth.api_keys``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: ApiKeyRow) -> None:
        """Store a new key."""
        self._session.add(row)
        await self._session.flush()

    async def count(self, workspace_id: UUID, now: datetime) -> int:
        """Return how many keys of a workspace work, those that are being replaced left out."""
        successor = aliased(ApiKeyRow)
        query = select(func.count()).where(
            ApiKeyRow.workspace_id == workspace_id,
            ApiKeyRow.revoked_at.is_(None),
            or_(ApiKeyRow.expires_at.is_(None), ApiKeyRow.expires_at > now),
            ~exists().where(successor.replaces == ApiKeyRow.id, successor.revoked_at.is_(None)),
        )
        return (await self._session.scalars(query)).one()

    async def replaces_living(self, row: ApiKeyRow, now: datetime) -> bool:
        """Tell whether the key that this one replaces works on."""
        query = select(ApiKeyRow.id).where(
            ApiKeyRow.id == row.replaces,
            ApiKeyRow.revoked_at.is_(None),
            or_(ApiKeyRow.expires_at.is_(None), ApiKeyRow.expires_at > now),
        )
        return await self._session.scalar(query) is not None

    async def is_replaced(self, key_id: UUID) -> bool:
        """Tell whether a key has a successor that is not revoked."""
        query = select(ApiKeyRow.id).where(
            ApiKeyRow.replaces == key_id, ApiKeyRow.revoked_at.is_(None)
        )
        return await self._session.scalar(query) is not None

    def listing(self, workspace_id: UUID) -> Select[Any]:
        """Return the query of a workspace's keys, newest first."""
        return (
            select(ApiKeyRow)
            .where(ApiKeyRow.workspace_id == workspace_id, ApiKeyRow.revoked_at.is_(None))
            .order_by(ApiKeyRow.id.desc())
        )

    async def find(self, workspace_id: UUID, key_id: UUID) -> ApiKeyRow | None:
        """Return a key that is not revoked."""
        row: ApiKeyRow | None = await self._session.scalar(_one(workspace_id, key_id))
        return row

    async def lock(self, workspace_id: UUID, key_id: UUID) -> ApiKeyRow | None:
        """Return a key that is not revoked, locked."""
        query = _one(workspace_id, key_id).with_for_update()
        row: ApiKeyRow | None = await self._session.scalar(query)
        return row

    async def find_holder(
        self, key_hash: bytes
    ) -> tuple[ApiKeyRow, UserRow, WorkspaceRow, MembershipRow] | None:
        """Return a key with whom it speaks for; None when the owner has left the workspace."""
        query = (
            select(ApiKeyRow, UserRow, WorkspaceRow, MembershipRow)
            .join(UserRow, UserRow.id == ApiKeyRow.user_id)
            .join(WorkspaceRow, WorkspaceRow.id == ApiKeyRow.workspace_id)
            .join(
                MembershipRow,
                (MembershipRow.user_id == ApiKeyRow.user_id)
                & (MembershipRow.workspace_id == ApiKeyRow.workspace_id),
            )
            .where(ApiKeyRow.key_hash == key_hash)
        )
        found = (await self._session.execute(query)).one_or_none()
        return None if found is None else (found[0], found[1], found[2], found[3])


def _one(workspace_id: UUID, key_id: UUID) -> Select[Any]:
    return select(ApiKeyRow).where(
        ApiKeyRow.workspace_id == workspace_id,
        ApiKeyRow.id == key_id,
        ApiKeyRow.revoked_at.is_(None),
    )
