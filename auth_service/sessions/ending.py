"""End sessions: one, or all of a person."""

from uuid import UUID

from auth_service.contract.accounts import Session
from auth_service.contract.errors import SessionNotFoundError, SessionRequiredError
from auth_service.contract.events import SessionEnded
from auth_service.models import SessionRow
from auth_service.revocations.service import RevocationService
from auth_service.sessions.repository import SessionRepository
from shared.clock import utc_now
from shared.identity import Principal
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)


async def end_session(work: UnitOfWork, session: SessionRow, reason: str) -> None:
    """End a session; its access tokens are void within a second. Ending twice is once."""
    if session.ended_at is not None:
        return
    session.ended_at, session.end_reason = utc_now(), reason
    await RevocationService(work).add("session", session.id)
    work.emit(
        SessionEnded(
            workspace_id=session.workspace_id,
            session_id=session.id,
            user_id=session.user_id,
            reason=reason,
        )
    )
    log.info("session.ended", session_id=str(session.id), reason=reason)


async def list_sessions(work: UnitOfWork, principal: Principal) -> list[Session]:
    """Return the living sessions of whoever asks, the newest first."""
    if principal.user_id is None:
        return []
    rows = await SessionRepository(work.session).list_living_of(principal.user_id, utc_now())
    return [
        Session.model_validate(
            {name: getattr(row, name) for name in Session.model_fields if name != "current"}
            | {"current": row.id == principal.credential_id}
        )
        for row in rows
    ]


async def end_own_session(work: UnitOfWork, principal: Principal, session_id: UUID) -> None:
    """End one of one's own sessions. Raises SessionNotFoundError, SessionRequiredError."""
    if principal.kind != "session":
        raise SessionRequiredError
    session = await SessionRepository(work.session).lock(session_id)
    if session is None or session.user_id != principal.user_id or session.ended_at is not None:
        raise SessionNotFoundError
    await end_session(work, session, "ended")


async def end_own_sessions(work: UnitOfWork, principal: Principal, *, keep_current: bool) -> None:
    """End all of one's own sessions. Raises SessionRequiredError."""
    if principal.kind != "session" or principal.user_id is None:
        raise SessionRequiredError
    keep = principal.credential_id if keep_current else None
    await end_sessions(work, principal.user_id, "ended", keep=keep)


async def end_sessions(
    work: UnitOfWork, user_id: UUID, reason: str, *, keep: UUID | None = None
) -> int:
    """End all of a user's sessions, but for one; return how many that were."""
    living = await SessionRepository(work.session).lock_living_of(user_id, utc_now())
    ending = [session for session in living if session.id != keep]
    for session in ending:
        await end_session(work, session, reason)
    return len(ending)
