"""Look up, suspend and release accounts; all of it on record."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from auth_service.accounts.repository import AccountRepository
from auth_service.accounts.service import AccountService, email_key
from auth_service.audit.service import Actor, AuditService
from auth_service.contract.administration import AdminUser, AdminUserDetail
from auth_service.contract.errors import SelfSuspensionError
from auth_service.contract.events import UserSuspended
from auth_service.contract.subscriptions import Subscription
from auth_service.deps import AuthDeps
from auth_service.models import ApiKeyRow, UserRow
from auth_service.revocations.service import RevocationService
from auth_service.second_factors.service import SecondFactorService
from auth_service.sessions.ending import end_sessions
from auth_service.sessions.repository import SessionRepository
from auth_service.subscriptions.service import SubscriptionService
from shared.clock import utc_now
from shared.http.pages import CursorSigner, read_page
from shared.identity import Principal
from shared.ids import public_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)


class AdministrationService:
    """What administrators do, inside a transaction."""

    def __init__(self, work: UnitOfWork, deps: AuthDeps, admin: Principal) -> None:
        self._work = work
        self._deps = deps
        self._admin = admin
        self._actor = Actor("admin", admin.user_id, admin.address)
        self._accounts = AccountService(work, deps.plans)
        self._audit = AuditService(work, deps.hashes)

    async def list_users(
        self, email: str | None, cursors: CursorSigner, cursor: str | None, limit: int
    ) -> tuple[Sequence[UserRow], str | None]:
        """Return one page of accounts, newest first, or the one with an address.

        That somebody has looked is on record in the administrator's own log.
        """
        query = select(UserRow).order_by(UserRow.id.desc())
        if email is not None:
            query = query.where(UserRow.email_key == email_key(email))
        page = await read_page(self._work.session, query, cursors, cursor, limit)
        if self._admin.user_id is not None:
            workspace, _ = await self._accounts.personal_workspace(self._admin.user_id)
            await self._audit.record(
                workspace.id, "users.listed", self._actor, None, count=len(page[0])
            )
        return page

    async def get_user(self, user_id: UUID) -> AdminUserDetail:
        """Return an account; on record in its own log. Raises UserNotFoundError."""
        user = await self._accounts.get_user(user_id)
        await self._record(user, "account.read")
        sessions = SessionRepository(self._work.session)
        factors = SecondFactorService(self._work, self._deps.vault, self._deps.hashes)
        return AdminUserDetail.model_validate(
            dict(present_user(user))
            | {
                "workspaces": await self._accounts.memberships(user.id),
                "session_count": len(await sessions.list_living_of(user.id, utc_now())),
                "second_factor": await factors.is_enrolled(user.id),
            }
        )

    async def get_subscription(self, workspace_id: UUID) -> tuple[Subscription, int]:
        """Return a workspace's subscription and its revision; on record in its own log.

        Raises WorkspaceNotFoundError.
        """
        subscriptions = SubscriptionService(self._work, self._deps.plans, self._deps.hashes)
        found = await subscriptions.get(workspace_id)
        subject = public_id("ws", workspace_id)
        await self._audit.record(workspace_id, "subscription.read", self._actor, subject)
        return found

    async def suspend(self, user_id: UUID) -> None:
        """Shut an account out everywhere within a second. Suspending twice is once.

        Raises UserNotFoundError; SelfSuspensionError for one's own account.
        """
        if user_id == self._admin.user_id:
            raise SelfSuspensionError
        user = await self._lock(user_id)
        if user.suspended_at is not None:
            return
        user.suspended_at = utc_now()
        await end_sessions(self._work, user.id, "suspended")
        query = select(ApiKeyRow.id).where(ApiKeyRow.user_id == user.id)
        for key_id in await self._work.session.scalars(query):
            await RevocationService(self._work).add("api_key", key_id)
        workspace, _ = await self._accounts.personal_workspace(user.id)
        self._work.emit(UserSuspended(workspace_id=workspace.id, user_id=user.id))
        await self._record(user, "account.suspended")
        log.info("user.suspended", user_id=str(user.id))

    async def release(self, user_id: UUID) -> None:
        """Let a suspended account in again. Raises UserNotFoundError."""
        user = await self._lock(user_id)
        if user.suspended_at is not None:
            user.suspended_at = None
            await self._record(user, "account.released")

    async def _lock(self, user_id: UUID) -> UserRow:
        await self._accounts.get_user(user_id)
        row = await AccountRepository(self._work.session).lock_user(user_id)
        return row or await self._accounts.get_user(user_id)

    async def _record(self, user: UserRow, action: str) -> None:
        workspace, _ = await self._accounts.personal_workspace(user.id)
        await self._audit.record(workspace.id, action, self._actor, public_id("usr", user.id))


def present_user(row: UserRow) -> AdminUser:
    """Return an account as administrators see it."""
    return AdminUser.model_validate(
        {
            "id": row.id,
            "email": row.email,
            "email_verified": row.email_verified_at is not None,
            "name": row.name,
            "role": row.role,
            "suspended_at": row.suspended_at,
            "created_at": row.created_at,
        }
    )
