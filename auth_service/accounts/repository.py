"""SQL of users, workspaces and memberships."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.models import MembershipRow, UserRow, WorkspaceRow

# Built once: these are read with every mail, sign-in and look at oneself.
_MEMBERSHIPS = (
    select(WorkspaceRow, MembershipRow)
    .join(MembershipRow, MembershipRow.workspace_id == WorkspaceRow.id)
    .where(MembershipRow.user_id == bindparam("user_id"))
    .order_by(WorkspaceRow.kind != "personal", WorkspaceRow.id)
)
_ACCOUNT = _MEMBERSHIPS.join(UserRow, UserRow.id == MembershipRow.user_id).add_columns(UserRow)


class AccountRepository:
    """Rows of ``auth.users``, ``auth.workspaces`` and ``auth.memberships``."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add_user(self, user_id: UUID, email: str, email_key: str, **values: object) -> bool:
        """Store a user; False when the address is taken."""
        query = (
            insert(UserRow)
            .values(id=user_id, email=email, email_key=email_key, **values)
            .on_conflict_do_nothing(index_elements=["email_key"])
            .returning(UserRow.id)
        )
        return await self._session.scalar(query) is not None

    async def add_workspace(self, row: WorkspaceRow, owner_id: UUID) -> None:
        """Store a workspace with its first member."""
        self._session.add(row)
        await self._session.flush()
        self._session.add(MembershipRow(workspace_id=row.id, user_id=owner_id, role="owner"))

    async def find_user(self, user_id: UUID) -> UserRow | None:
        """Return a user."""
        return await self._session.get(UserRow, user_id)

    async def lock_user(self, user_id: UUID) -> UserRow | None:
        """Return a user, locked."""
        return await self._session.get(UserRow, user_id, with_for_update=True)

    async def find_user_by_email(self, email_key: str) -> UserRow | None:
        """Return the user with an address."""
        return await self._session.scalar(select(UserRow).where(UserRow.email_key == email_key))

    async def has_users(self) -> bool:
        """Tell whether anybody has an account."""
        return await self._session.scalar(select(UserRow.id).limit(1)) is not None

    async def lock_users(self) -> None:
        """Let nobody else decide on the first user before this transaction ends."""
        await self._session.execute(
            select(func.pg_advisory_xact_lock(func.hashtext("auth.first_user")))
        )

    async def list_memberships(self, user_id: UUID) -> Sequence[tuple[WorkspaceRow, MembershipRow]]:
        """Return a user's workspaces, the personal one first, then by age."""
        found = await self._session.execute(_MEMBERSHIPS, {"user_id": user_id})
        return [(row[0], row[1]) for row in found]

    async def find_account(
        self, user_id: UUID
    ) -> tuple[UserRow, Sequence[tuple[WorkspaceRow, MembershipRow]]] | None:
        """Return a user with their workspaces, as :meth:`list_memberships` orders them."""
        found = (await self._session.execute(_ACCOUNT, {"user_id": user_id})).all()
        return (found[0][2], [(row[0], row[1]) for row in found]) if found else None

    async def find_membership(
        self, user_id: UUID, workspace_id: UUID
    ) -> tuple[WorkspaceRow, MembershipRow] | None:
        """Return a workspace with the user's role there; None for outsiders."""
        query = (
            select(WorkspaceRow, MembershipRow)
            .join(MembershipRow, MembershipRow.workspace_id == WorkspaceRow.id)
            .where(MembershipRow.user_id == user_id, WorkspaceRow.id == workspace_id)
        )
        found = (await self._session.execute(query)).one_or_none()
        return None if found is None else (found[0], found[1])

    async def lock_workspace(self, workspace_id: UUID) -> WorkspaceRow | None:
        """Return a workspace, locked, as it is now."""
        return await self._session.get(
            WorkspaceRow, workspace_id, with_for_update=True, populate_existing=True
        )
