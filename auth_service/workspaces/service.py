"""Make team workspaces, invite, change roles, leave."""

from uuid import UUID

from auth_service.accounts.repository import AccountRepository
from auth_service.accounts.service import email_key
from auth_service.audit.service import Actor, AuditService
from auth_service.contract.errors import (
    LastOwnerError,
    LinkInvalidError,
    MemberNotFoundError,
    OwnerRequiredError,
    PersonalWorkspaceError,
    SessionRequiredError,
    WorkspaceLimitError,
    WorkspaceNotFoundError,
)
from auth_service.contract.events import MembershipChanged
from auth_service.contract.workspaces import Invitation, Member
from auth_service.hashing import KeyedHashes
from auth_service.links.service import LinkService
from auth_service.mails.service import MailService
from auth_service.models import MembershipRow, UserRow, WorkspaceRow
from auth_service.plans.book import PlanBook
from auth_service.revocations.service import RevocationService
from auth_service.subscriptions.service import SubscriptionService
from auth_service.workspaces.repository import WorkspaceRepository
from shared.clock import utc_now
from shared.http.preconditions import Precondition
from shared.identity import Principal
from shared.ids import new_id, public_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)

INVITATION = "workspace_invitation"


class WorkspaceService:
    """Workspaces and their members, inside a transaction.

    Whoever is no member of a workspace is told that there is none.
    """

    def __init__(self, work: UnitOfWork, plans: PlanBook, hashes: KeyedHashes) -> None:
        self._work = work
        self._plans = plans
        self._hashes = hashes
        self._accounts = AccountRepository(work.session)
        self._workspaces = WorkspaceRepository(work.session)
        self._audit = AuditService(work, hashes)

    async def create(self, principal: Principal, name: str) -> WorkspaceRow:
        """Make a team workspace on the first plan, owned by whoever asks.

        Raises WorkspaceLimitError: each brings allowances of its own, so there is an end to them.
        """
        user_id = _person(principal)
        await self._require_place(user_id)
        row = WorkspaceRow(id=new_id(), name=name, kind="team", plan=self._plans.default().name)
        await self._accounts.add_workspace(row, user_id)
        await self._record(row.id, principal, "workspace.created", public_id("ws", row.id))
        log.info("workspace.created", workspace_id=str(row.id))
        return row

    async def _require_place(self, user_id: UUID) -> None:
        await self._accounts.lock_user(user_id)
        personal, _ = (await self._accounts.list_memberships(user_id))[0]
        subscriptions = SubscriptionService(self._work, self._plans, self._hashes)
        plan = await subscriptions.allowances(personal.id)
        if await self._workspaces.count_owned_teams(user_id) >= plan.team_workspaces:
            raise WorkspaceLimitError(f"the {plan.name} plan allows {plan.team_workspaces} teams")

    async def rename(
        self, principal: Principal, workspace_id: UUID, name: str, precondition: Precondition
    ) -> WorkspaceRow:
        """Rename a workspace.

        Raises WorkspaceNotFoundError, OwnerRequiredError, PreconditionFailedError.
        """
        await self._as_owner(principal, workspace_id)
        row = await self._accounts.lock_workspace(workspace_id)
        if row is None:
            raise WorkspaceNotFoundError
        precondition.check(row.revision)
        row.name = name
        row.revision += 1
        return row

    async def list_members(self, principal: Principal, workspace_id: UUID) -> list[Member]:
        """Return the members, the earliest first. Raises WorkspaceNotFoundError."""
        await self._place(principal, workspace_id)
        return [_present(*pair) for pair in await self._workspaces.list_members(workspace_id)]

    async def get_member(
        self, principal: Principal, workspace_id: UUID, user_id: UUID
    ) -> tuple[Member, int]:
        """Return a member and its revision. Raises WorkspaceNotFoundError, MemberNotFoundError."""
        await self._place(principal, workspace_id)
        found = await self._workspaces.find_person(workspace_id, user_id)
        if found is None:
            raise MemberNotFoundError
        return _present(*found), found[1].revision

    async def invite(self, principal: Principal, workspace_id: UUID, request: Invitation) -> None:
        """Mail an invitation. Raises OwnerRequiredError, PersonalWorkspaceError, ..."""
        workspace = await self._as_owner(principal, workspace_id)
        if workspace.kind == "personal":
            raise PersonalWorkspaceError
        inviter = await self._accounts.find_user(_person(principal))
        if inviter is None:
            raise WorkspaceNotFoundError
        facts = {"workspace_id": workspace.id.hex, "role": request.role}
        mails = MailService(self._work, self._hashes)
        await mails.invite(inviter, workspace.id, request.email, facts)
        await self._record(
            workspace.id, principal, "member.invited", None, email=request.email, role=request.role
        )

    async def accept(self, principal: Principal, token: str) -> WorkspaceRow:
        """Join with a mailed token, as the person whose address it was sent to.

        Raises LinkInvalidError, also for somebody else's invitation.
        """
        user = await self._accounts.find_user(_person(principal))
        row = await LinkService(self._work, self._hashes).take(INVITATION, token)
        if user is None or email_key(str(row.facts["to"])) != user.email_key:
            raise LinkInvalidError
        workspace_id = UUID(hex=str(row.facts["workspace_id"]))
        workspace = await self._accounts.lock_workspace(workspace_id)
        if workspace is None:
            raise LinkInvalidError
        if await self._workspaces.find_member(workspace_id, user.id) is None:
            role = str(row.facts["role"])
            await self._workspaces.add(
                MembershipRow(
                    workspace_id=workspace_id, user_id=user.id, role=role, created_at=utc_now()
                )
            )
            await self._tell(workspace_id, user.id, role)
            await self._record(
                workspace_id, principal, "member.joined", public_id("usr", user.id), role=role
            )
        return workspace

    async def change_role(
        self,
        principal: Principal,
        workspace_id: UUID,
        user_id: UUID,
        role: str,
        precondition: Precondition,
    ) -> int:
        """Give a member another role, which counts within a second; return the new revision.

        Raises OwnerRequiredError, MemberNotFoundError, LastOwnerError, PersonalWorkspaceError,
        PreconditionFailedError.
        """
        member = await self._lock_member(principal, workspace_id, user_id)
        precondition.check(member.revision)
        if member.role == "owner" and role != "owner":
            await self._keep_an_owner(workspace_id)
        member.role = role
        member.revision += 1
        await self._tell(workspace_id, user_id, role)
        await self._record(
            workspace_id, principal, "member.role_changed", public_id("usr", user_id), role=role
        )
        return member.revision

    async def remove(self, principal: Principal, workspace_id: UUID, user_id: UUID) -> None:
        """Take a member out, or leave; their tokens and keys for it are void within a second.

        Raises OwnerRequiredError, MemberNotFoundError, LastOwnerError, PersonalWorkspaceError.
        """
        member = await self._lock_member(
            principal, workspace_id, user_id, oneself=user_id == _person(principal)
        )
        if member.role == "owner":
            await self._keep_an_owner(workspace_id)
        await self._tell(workspace_id, user_id, None)
        await self._workspaces.remove(workspace_id, user_id)
        await self._record(workspace_id, principal, "member.removed", public_id("usr", user_id))

    async def _lock_member(
        self, principal: Principal, workspace_id: UUID, user_id: UUID, *, oneself: bool = False
    ) -> MembershipRow:
        if oneself:
            workspace, _ = await self._place(principal, workspace_id)
        else:
            workspace = await self._as_owner(principal, workspace_id)
        if workspace.kind == "personal":
            raise PersonalWorkspaceError
        await self._accounts.lock_workspace(workspace_id)
        member = await self._workspaces.find_member(workspace_id, user_id)
        if member is None:
            raise MemberNotFoundError
        return member

    async def _keep_an_owner(self, workspace_id: UUID) -> None:
        if await self._workspaces.count_owners(workspace_id) == 1:
            raise LastOwnerError

    async def _tell(self, workspace_id: UUID, user_id: UUID, role: str | None) -> None:
        revocations = RevocationService(self._work)
        await revocations.add("member", user_id, workspace_id=workspace_id, role=role)
        for key_id in await self._workspaces.list_keys(workspace_id, user_id):
            await revocations.add("api_key", key_id)
        self._work.emit(
            MembershipChanged.model_validate(
                {"workspace_id": workspace_id, "user_id": user_id, "role": role}
            )
        )

    async def _as_owner(self, principal: Principal, workspace_id: UUID) -> WorkspaceRow:
        workspace, membership = await self._place(principal, workspace_id)
        if membership.role != "owner":
            raise OwnerRequiredError
        return workspace

    async def _place(
        self, principal: Principal, workspace_id: UUID
    ) -> tuple[WorkspaceRow, MembershipRow]:
        found = await self._accounts.find_membership(_person(principal), workspace_id)
        if found is None:
            raise WorkspaceNotFoundError
        return found

    async def _record(
        self,
        workspace_id: UUID,
        principal: Principal,
        action: str,
        subject: str | None,
        **facts: str,
    ) -> None:
        await self._audit.record(workspace_id, action, Actor.of(principal), subject, **facts)


def _present(user: UserRow, membership: MembershipRow) -> Member:
    return Member.model_validate(
        {
            "id": user.id,
            "email": user.email,
            "name": user.name,
            "role": membership.role,
            "since": membership.created_at,
        }
    )


def _person(principal: Principal) -> UUID:
    if principal.kind != "session" or principal.user_id is None:
        raise SessionRequiredError
    return principal.user_id
