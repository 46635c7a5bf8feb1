"""Sign in with a password: look up, hash outside of any transaction, then decide."""

from auth_service.accounts.repository import AccountRepository
from auth_service.accounts.service import email_key
from auth_service.contract.accounts import Login, TokenPair
from auth_service.contract.errors import LoginFailedError
from auth_service.deps import AuthDeps
from auth_service.sessions.service import Device, SessionService


async def log_in(deps: AuthDeps, request: Login, device: Device) -> TokenPair:
    """Return the first pair of a new session.

    Raises LoginFailedError, after the same time and in the same words, for an unknown address, a
    wrong password and a suspended account.
    """
    key = await deps.signing_keys.current()
    async with deps.units_of_work() as work:
        user = await AccountRepository(work.session).find_user_by_email(email_key(request.email))
    stored = user.password_hash if user else None
    if not await deps.passwords.verify(stored, request.password) or user is None or stored is None:
        raise LoginFailedError
    better = (
        await deps.passwords.hash(request.password)
        if deps.passwords.is_outdated(stored)
        else stored
    )
    async with deps.units_of_work() as work:
        found = await AccountRepository(work.session).lock_user(user.id)
        if found is None or found.password_hash != stored or found.suspended_at is not None:
            raise LoginFailedError
        found.password_hash = better
        sessions = SessionService(work, deps.plans, deps.hashes, key)
        return await sessions.start(found, ["pwd"], device)
