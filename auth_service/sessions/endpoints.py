"""Sign in, carry on, sign out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, status

from auth_service.contract.accounts import Login, Logout, RefreshRequest, TokenPair
from auth_service.deps import Deps
from auth_service.sessions.login import log_in
from auth_service.sessions.refresh import log_out, refresh
from auth_service.sessions.service import Device
from shared.http.access import public
from shared.http.dependencies import MaybePrincipal

router = APIRouter(prefix="/auth", tags=["auth"])


async def read_device(request: Request, principal: MaybePrincipal) -> Device:
    """Return where the request comes from."""
    return Device(principal.address, request.headers.get("User-Agent"))


CurrentDevice = Annotated[Device, Depends(read_device)]


@router.post("/login", openapi_extra=public(None, cost=5))
async def login(body: Login, deps: Deps, device: CurrentDevice) -> TokenPair:
    """Sign in. The access token is good for 30 minutes, the session for 7 days."""
    return await log_in(deps, body, device)


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
