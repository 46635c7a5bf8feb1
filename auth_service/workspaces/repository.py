"""SQL of workspaces and members."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.models import ApiKeyRow, MembershipRow, UserRow, WorkspaceRow


class WorkspaceRepository:
    """Rows of ``auth.memberships``, and the keys that hang on them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find_member(self, workspace_id: UUID, user_id: UUID) -> MembershipRow | None:
        """Return a membership as it is now, whatever this transaction has read before."""
        return await self._session.get(
            MembershipRow, (workspace_id, user_id), populate_existing=True
        )

    async def find_person(
        self, workspace_id: UUID, user_id: UUID
    ) -> tuple[UserRow, MembershipRow] | None:
        """Return a member."""
        query = (
            select(UserRow, MembershipRow)
            .join(MembershipRow, MembershipRow.user_id == UserRow.id)
            .where(MembershipRow.workspace_id == workspace_id, MembershipRow.user_id == user_id)
        )
        found = (await self._session.execute(query)).one_or_none()
        return None if found is None else (found[0], found[1])

    async def list_members(self, workspace_id: UUID) -> Sequence[tuple[UserRow, MembershipRow]]:
        """Return a workspace's members, the earliest first."""
        query = (
            select(UserRow, MembershipRow)
            .join(MembershipRow, MembershipRow.user_id == UserRow.id)
            .where(MembershipRow.workspace_id == workspace_id)
            .order_by(MembershipRow.created_at, MembershipRow.user_id)
        )
        return [(row[0], row[1]) for row in await self._session.execute(query)]

    async def count_owners(self, workspace_id: UUID) -> int:
        """Return how many owners a workspace has."""
        query = select(func.count()).where(
            MembershipRow.workspace_id == workspace_id, MembershipRow.role == "owner"
        )
        return (await self._session.scalars(query)).one()

    async def count_owned_teams(self, user_id: UUID) -> int:
        """Return how many team workspaces somebody owns."""
        query = (
            select(func.count())
            .select_from(MembershipRow)
            .join(WorkspaceRow, WorkspaceRow.id == MembershipRow.workspace_id)
            .where(
                MembershipRow.user_id == user_id,
                MembershipRow.role == "owner",
                WorkspaceRow.kind == "team",
            )
        )
        return (await self._session.scalars(query)).one()

    async def add(self, row: MembershipRow) -> None:
        """Store a membership."""
        self._session.add(row)
        await self._session.flush()

    async def remove(self, workspace_id: UUID, user_id: UUID) -> None:
        """Delete a membership."""
        await self._session.execute(
            delete(MembershipRow).where(
                MembershipRow.workspace_id == workspace_id, MembershipRow.user_id == user_id
            )
        )

    async def list_keys(self, workspace_id: UUID, user_id: UUID) -> Sequence[UUID]:
        """Return the ids of a member's API keys in a workspace."""
        query = select(ApiKeyRow.id).where(
            ApiKeyRow.workspace_id == workspace_id,
            ApiKeyRow.user_id == user_id,
            ApiKeyRow.revoked_at.is_(None),
        )
        return (await self._session.scalars(query)).all()
