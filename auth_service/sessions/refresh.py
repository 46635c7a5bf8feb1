"""Carry a session on, or end it."""

from auth_service.contract.accounts import Logout, TokenPair
from auth_service.contract.errors import RefreshRefusedError
from auth_service.deps import AuthDeps
from auth_service.sessions.service import Device, SessionService
from shared.errors import NotAuthenticatedError
from shared.identity import Principal


async def refresh(deps: AuthDeps, token: str, device: Device) -> TokenPair:
    """Return the next pair. Raises RefreshRefusedError; what the refusal ended stays ended."""
    key = await deps.signing_keys.current()
    async with deps.units_of_work() as work:
        pair = await SessionService(work, deps.plans, deps.hashes, key).refresh(token, device)
    if pair is None:
        raise RefreshRefusedError
    return pair


async def log_out(deps: AuthDeps, request: Logout, principal: Principal) -> None:
    """End a session; an unknown or ended one is fine. Raises NotAuthenticatedError without any."""
    token = request.refresh_token.get_secret_value() if request.refresh_token else None
    session_id = principal.credential_id if principal.kind == "session" else None
    if token is None and session_id is None:
        raise NotAuthenticatedError
    key = await deps.signing_keys.current()
    async with deps.units_of_work() as work:
        await SessionService(work, deps.plans, deps.hashes, key).log_out(token, session_id)
