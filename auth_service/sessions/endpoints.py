"""Sign in, carry on, sign out."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, status

from auth_service.contract.accounts import Login, Logout, RefreshRequest, Session, TokenPair
from auth_service.deps import Deps, PersonalWork
from auth_service.sessions.devices import CurrentDevice, remember_device
from auth_service.sessions.ending import end_own_session, end_own_sessions, list_sessions
from auth_service.sessions.login import log_in
from auth_service.sessions.refresh import log_out, refresh
from shared.http.access import public
from shared.http.dependencies import CurrentPrincipal, Cursors, MaybePrincipal, RecentPrincipal
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, slice_page
from shared.ids import SessionId

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/login", openapi_extra=public(None, cost=5))
async def login(body: Login, deps: Deps, device: CurrentDevice, response: Response) -> TokenPair:
    """Sign in. The access token is good for 30 minutes, the session for 7 days.

    With two-factor sign-in the first answer is 401 `second-factor-required` with a `login_token`:
    send it with a code to `/auth/mfa/verify`, or sign in again with `code`.
    """
    signed_in = await log_in(deps, body, device)
    remember_device(deps, response, device, signed_in.user_id)
    return signed_in.pair


@router.post("/refresh", openapi_extra=public(None))
async def refresh_session(body: RefreshRequest, deps: Deps, device: CurrentDevice) -> TokenPair:
    """Trade the refresh token for a new pair.

    Each refresh token works once; using one again ends the session. A client that lost the answer
    may repeat the request within ten seconds and gets the same pair.
    """
    return await refresh(deps, body.refresh_token.get_secret_value(), device)


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT, openapi_extra=public(None))
async def logout(deps: Deps, principal: MaybePrincipal, body: Logout | None = None) -> None:
    """End the session of the refresh token, or of the access token that was sent."""
    await log_out(deps, body or Logout(), principal)


@router.get("/sessions", openapi_extra=public("account:read"))
async def list_own_sessions(
    principal: CurrentPrincipal,
    work: PersonalWork,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Session]:
    """List where you are signed in, the newest first."""
    sessions = await list_sessions(work, principal)
    return slice_page(sessions, lambda one: one.id.hex, "sessions", cursors, cursor, limit)


@router.delete(
    "/sessions/{session_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=public("account:write"),
)
async def end_one_session(
    session_id: SessionId, principal: RecentPrincipal, work: PersonalWork
) -> None:
    """Sign out on one device; its tokens are void within a second.

    Wants a sign-in, or a step-up, of the last five minutes; `/auth/logout` does not.
    """
    await end_own_session(work, principal, session_id)


@router.delete(
    "/sessions", status_code=status.HTTP_204_NO_CONTENT, openapi_extra=public("account:write")
)
async def end_all_sessions(
    principal: RecentPrincipal,
    work: PersonalWork,
    keep_current: Annotated[bool, Query(description="Stay signed in here.")] = False,
) -> None:
    """Sign out everywhere."""
    await end_own_sessions(work, principal, keep_current=keep_current)
