"""Make accounts, and show people their own."""

from uuid import UUID

from auth_service.accounts.repository import AccountRepository
from auth_service.contract.accounts import Me, ProfileUpdate, UserContact, WorkspaceMembership
from auth_service.contract.errors import UserNotFoundError, WorkspaceNotFoundError
from auth_service.contract.events import UserRegistered
from auth_service.models import MembershipRow, UserRow, WorkspaceRow
from auth_service.plans.book import PlanBook
from shared.clock import utc_now
from shared.errors import NotAuthenticatedError
from shared.http.preconditions import Precondition
from shared.identity import Principal
from shared.ids import new_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)

PERSONAL_NAME = "Personal"


def email_key(email: str) -> str:
    """Return what makes two spellings of an address the same account."""
    return email.casefold()


class AccountService:
    """The decisions on users and their workspaces, inside a transaction."""

    def __init__(self, work: UnitOfWork, plans: PlanBook) -> None:
        self._work = work
        self._accounts = AccountRepository(work.session)
        self._plans = plans

    async def register(
        self,
        email: str,
        password_hash: str | None,
        *,
        role: str = "user",
        verified: bool = False,
    ) -> UserRow | None:
        """Make a user with a personal workspace; None when the address is taken."""
        user_id = new_id()
        now = utc_now()
        added = await self._accounts.add_user(
            user_id,
            email,
            email_key(email),
            password_hash=password_hash,
            password_changed_at=now if password_hash else None,
            role=role,
            email_verified_at=now if verified else None,
        )
        if not added:
            return None
        workspace = WorkspaceRow(
            id=new_id(), name=PERSONAL_NAME, kind="personal", plan=self._plans.default().name
        )
        await self._accounts.add_workspace(workspace, user_id)
        self._work.emit(UserRegistered(workspace_id=workspace.id, user_id=user_id))
        log.info("user.registered", user_id=str(user_id))
        return await self.get_user(user_id)

    async def personal_workspace(self, user_id: UUID) -> tuple[WorkspaceRow, MembershipRow]:
        """Return the workspace that came with the account."""
        return (await self._accounts.list_memberships(user_id))[0]

    async def place(self, user_id: UUID, workspace_id: UUID) -> tuple[WorkspaceRow, MembershipRow]:
        """Return where a session acts: the wanted workspace, or the personal one after leaving."""
        found = await self._accounts.find_membership(user_id, workspace_id)
        return found or await self.personal_workspace(user_id)

    async def get_user(self, user_id: UUID) -> UserRow:
        """Return a user. Raises UserNotFoundError."""
        row = await self._accounts.find_user(user_id)
        if row is None:
            raise UserNotFoundError
        return row

    async def get_user_by_email(self, email: str) -> UserRow:
        """Return the user with an address. Raises UserNotFoundError."""
        row = await self._accounts.find_user_by_email(email_key(email))
        if row is None:
            raise UserNotFoundError
        return row

    async def contact(self, user_id: UUID) -> UserContact:
        """Return how to reach a user. Raises UserNotFoundError."""
        user = await self.get_user(user_id)
        workspace, _ = await self.personal_workspace(user_id)
        return UserContact(
            id=user.id,
            email=user.email,
            email_verified=user.email_verified_at is not None,
            name=user.name,
            locale=user.locale,
            workspace_id=workspace.id,
        )

    async def memberships(self, user_id: UUID) -> list[WorkspaceMembership]:
        """Return a user's workspaces, the personal one first."""
        return [_membership(*pair) for pair in await self._accounts.list_memberships(user_id)]

    async def membership(
        self, principal: Principal, workspace_id: UUID
    ) -> tuple[WorkspaceMembership, int]:
        """Return a workspace as the caller sees it, and its revision.

        Raises WorkspaceNotFoundError.
        """
        user_id = principal.user_id
        found = await self._accounts.find_membership(user_id, workspace_id) if user_id else None
        if found is None:
            raise WorkspaceNotFoundError
        return _membership(*found), found[0].revision

    async def update(
        self, principal: Principal, request: ProfileUpdate, precondition: Precondition
    ) -> UserRow:
        """Change name and locale. Raises PreconditionFailedError, NotAuthenticatedError."""
        user_id = principal.user_id
        user = await self._accounts.lock_user(user_id) if user_id else None
        if user is None:
            raise NotAuthenticatedError
        precondition.check(user.revision)
        for field in request.model_fields_set:
            value = getattr(request, field)
            if value is not None or field == "name":
                setattr(user, field, value)
        user.revision += 1
        return user

    async def me(self, principal: Principal) -> tuple[Me, int]:
        """Return the caller's account and its revision. Raises NotAuthenticatedError."""
        user_id = principal.user_id
        account = await self._accounts.find_account(user_id) if user_id else None
        if account is None:
            raise NotAuthenticatedError
        user, memberships = account
        places = [_membership(*pair) for pair in memberships]
        here = next((place for place in places if place.id == principal.workspace_id), places[0])
        return Me(
            id=user.id,
            email=user.email,
            email_verified=user.email_verified_at is not None,
            name=user.name,
            locale=user.locale,
            role="admin" if user.role == "admin" else "user",
            plan=here.plan,
            workspace=here,
            workspaces=places,
            session_id=principal.credential_id if principal.kind == "session" else None,
            created_at=user.created_at,
        ), user.revision


def _membership(workspace: WorkspaceRow, membership: MembershipRow) -> WorkspaceMembership:
    return WorkspaceMembership.model_validate(
        {
            "id": workspace.id,
            "name": workspace.name,
            "kind": workspace.kind,
            "role": membership.role,
            "plan": workspace.plan,
        }
    )
