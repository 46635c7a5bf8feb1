"""Register: hash first, then decide, so that every answer takes the same time."""

import secrets

from pydantic import SecretStr

from auth_service.accounts.policy import check_password
from auth_service.accounts.repository import AccountRepository
from auth_service.accounts.service import AccountService
from auth_service.contract.accounts import Registration, RegistrationAnswer
from auth_service.deps import AuthDeps
from auth_service.equal_time import on_the_beat
from auth_service.mails.service import MailService

_FIRST_PASSWORD_BYTES = 15


async def register(deps: AuthDeps, request: Registration) -> RegistrationAnswer:
    """Make an account, unless the address has one; the answer does not tell which.

    Raises PasswordRefusedError.
    """
    await check_password(deps.settings, request.password, request.email)
    async with on_the_beat(deps.settings.answer_beat_s):
        password_hash = await deps.passwords.hash(request.password)
        async with deps.units_of_work() as work:
            accounts, mails = AccountService(work, deps.plans), MailService(work, deps.hashes)
            user = await accounts.register(request.email, password_hash)
            if user is not None:
                await mails.request(user, "verify_email")
            else:
                owner = await accounts.get_user_by_email(request.email)
                await mails.request(owner, "address_taken")
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
