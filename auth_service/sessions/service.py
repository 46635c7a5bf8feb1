"""Start sessions, trade their refresh tokens, end them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from auth_service.accounts.service import AccountService
from auth_service.contract.accounts import TokenPair
from auth_service.contract.errors import SessionRequiredError, WorkspaceNotFoundError
from auth_service.contract.second_factors import FreshToken
from auth_service.contract.tokens import LIFETIME_S
from auth_service.hashing import KeyedHashes
from auth_service.models import RefreshTokenRow, SessionRow, UserRow
from auth_service.plans.book import PlanBook
from auth_service.sessions.ending import end_session
from auth_service.sessions.repository import SessionRepository
from auth_service.sessions.tokens import (
    hash_refresh_token,
    issue_access_token,
    new_refresh_token,
    new_salt,
    successor_of,
)
from auth_service.signing_keys.service import SigningKey
from shared.clock import utc_now
from shared.ids import new_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)

SESSION_LIFETIME = timedelta(days=7)
KEPT_AFTERWARDS = timedelta(days=30)
REPEAT_WINDOW = timedelta(seconds=10)
"""How long a client that lost the answer to a refresh may ask again."""

_LONGEST_AGENT = 256
BEARER: Final = "Bearer"


@dataclass(frozen=True, slots=True)
class Device:
    """Where a request comes from, as far as one can tell.

    address      client IP address, as the gateway saw it
    user_agent   what the client calls itself
    token        what an earlier sign-in on this device left there
    """

    address: str | None
    user_agent: str | None
    token: str | None = None

    def fingerprint(self) -> bytes:
        """Return what tells a repeated request from somebody else's."""
        return sha256(repr((self.address, self.user_agent)).encode()).digest()


class SessionService:
    """The decisions on sessions, inside a transaction."""

    def __init__(
        self, work: UnitOfWork, plans: PlanBook, hashes: KeyedHashes, key: SigningKey
    ) -> None:
        self._work = work
        self._sessions = SessionRepository(work.session)
        self._accounts = AccountService(work, plans)
        self._hashes = hashes
        self._key = key

    async def start(self, user: UserRow, methods: list[str], device: Device) -> TokenPair:
        """Open a session in the user's personal workspace."""
        now = utc_now()
        workspace, _ = await self._accounts.personal_workspace(user.id)
        session = SessionRow(
            id=new_id(),
            user_id=user.id,
            workspace_id=workspace.id,
            methods=methods,
            user_agent=device.user_agent[:_LONGEST_AGENT] if device.user_agent else None,
            address=device.address,
            signed_in_at=now,
            last_used_at=now,
            expires_at=now + SESSION_LIFETIME,
        )
        await self._sessions.forget_ended(now - KEPT_AFTERWARDS)
        self._sessions.add(session)
        await self._sessions.flush()
        token = new_refresh_token()
        row = self._keep(session.id, token)
        log.info("session.started", user_id=str(user.id), session_id=str(session.id))
        return await self._pair(user, session, token, row.id, now)

    async def refresh(self, token: str, device: Device) -> TokenPair | None:
        """Trade a refresh token for the next pair; None when it is refused.

        A token that was traded already ends the session: either its owner or a thief has the
        successor. Only the same client, within ten seconds, gets the same successor once more.
        """
        row = await self._sessions.lock_token(hash_refresh_token(token))
        session = await self._sessions.lock(row.session_id) if row else None
        now = utc_now()
        if row is None or session is None or session.ended_at or session.expires_at <= now:
            return None
        user = await self._accounts.get_user(session.user_id)
        if user.suspended_at:
            return None
        successor = successor_of(token, row.salt, self._hashes)
        if row.used_at is None:
            row.used_at, row.used_by = now, device.fingerprint()
            session.last_used_at = now
            following = self._keep(session.id, successor)
            return await self._pair(user, session, successor, following.id, now)
        repeated = row.used_by == device.fingerprint() and now - row.used_at <= REPEAT_WINDOW
        following_row = await self._sessions.find_token(hash_refresh_token(successor))
        if not repeated or following_row is None:
            await end_session(self._work, session, "reuse")
            return None
        return await self._pair(user, session, successor, following_row.id, row.used_at)

    async def step_up(self, session_id: UUID, user_id: UUID, method: str) -> FreshToken:
        """Note that the person has confirmed who they are. Raises SessionRequiredError."""
        session = await self._lock_living(session_id, user_id)
        session.signed_in_at = utc_now()
        session.methods = sorted({*session.methods, method})
        return await self._fresh(session, user_id)

    async def switch(self, session_id: UUID, user_id: UUID, workspace_id: UUID) -> FreshToken:
        """Let a session act in another workspace. Raises WorkspaceNotFoundError."""
        session = await self._lock_living(session_id, user_id)
        session.workspace_id = workspace_id
        fresh = await self._fresh(session, user_id)
        if session.workspace_id != workspace_id:
            raise WorkspaceNotFoundError
        return fresh

    async def _lock_living(self, session_id: UUID, user_id: UUID) -> SessionRow:
        session = await self._sessions.lock(session_id)
        if session is None or session.user_id != user_id or session.ended_at is not None:
            raise SessionRequiredError
        return session

    async def _fresh(self, session: SessionRow, user_id: UUID) -> FreshToken:
        user = await self._accounts.get_user(user_id)
        access = await self._access_token(user, session, new_id(), utc_now())
        return FreshToken(access_token=access, token_type=BEARER, expires_in=LIFETIME_S)

    async def log_out(self, token: str | None, session_id: UUID | None) -> None:
        """End the session of a refresh token, or else the one with the given id."""
        if token is not None:
            row = await self._sessions.find_token(hash_refresh_token(token))
            session_id = row.session_id if row else None
        session = await self._sessions.lock(session_id) if session_id else None
        if session is not None:
            await end_session(self._work, session, "logout")

    def _keep(self, session_id: UUID, token: str) -> RefreshTokenRow:
        row = RefreshTokenRow(
            id=new_id(),
            session_id=session_id,
            token_hash=hash_refresh_token(token),
            salt=new_salt(),
        )
        self._sessions.add(row)
        return row

    async def _pair(
        self, user: UserRow, session: SessionRow, token: str, token_id: UUID, now: datetime
    ) -> TokenPair:
        access = await self._access_token(user, session, token_id, now)
        return TokenPair(
            access_token=access, refresh_token=token, token_type=BEARER, expires_in=LIFETIME_S
        )

    async def _access_token(
        self, user: UserRow, session: SessionRow, token_id: UUID, now: datetime
    ) -> str:
        workspace, membership = await self._accounts.place(user.id, session.workspace_id)
        session.workspace_id = workspace.id
        return issue_access_token(
            self._key, user, session, workspace.plan, membership.role, token_id, now
        )
