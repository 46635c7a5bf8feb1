"""Register: hash first, then decide, so that every answer takes the same time."""

import secrets

from pydantic import SecretStr

from auth_service.accounts.repository import AccountRepository
from auth_service.accounts.service import AccountService
from auth_service.contract.accounts import Registration, RegistrationAnswer
from auth_service.deps import AuthDeps

_FIRST_PASSWORD_BYTES = 15


async def register(deps: AuthDeps, request: Registration) -> RegistrationAnswer:
    """Make an account, unless the address has one; the answer does not tell which."""
    password_hash = await deps.passwords.hash(request.password)
    async with deps.units_of_work() as work:
        await AccountService(work, deps.plans).register(request.email, password_hash)
    return RegistrationAnswer(email=request.email, status="accepted")


async def ensure_first_user(deps: AuthDeps, email: str) -> str | None:
    """Make the installation's administrator and return the password; None if there are users."""
    password = secrets.token_urlsafe(_FIRST_PASSWORD_BYTES)
    async with deps.units_of_work() as work:
        if await AccountRepository(work.session).has_users():
            return None
    password_hash = await deps.passwords.hash(SecretStr(password))
    async with deps.units_of_work() as work:
        accounts = AccountRepository(work.session)
        await accounts.lock_users()
        if await accounts.has_users():
            return None
        await AccountService(work, deps.plans).register(
            email, password_hash, role="admin", verified=True
        )
    return password
