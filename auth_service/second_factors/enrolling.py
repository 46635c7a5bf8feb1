"""Switch two-factor sign-in on and off, and confirm that one is who one was."""

from uuid import UUID

from auth_service.accounts.repository import AccountRepository
from auth_service.accounts.service import AccountService
from auth_service.audit.service import Actor, AuditService
from auth_service.contract.errors import (
    LoginFailedError,
    SecondFactorWrongError,
    SessionRequiredError,
)
from auth_service.contract.second_factors import Enrollment, FreshToken, RecoveryCodes, StepUp
from auth_service.deps import AuthDeps
from auth_service.guesses.service import GuessService, account_bucket
from auth_service.mails.service import MailService
from auth_service.second_factors.service import SecondFactorService
from auth_service.sessions.service import SessionService
from shared.identity import Principal
from shared.ids import public_id
from shared.unit_of_work import UnitOfWork


async def enroll(deps: AuthDeps, principal: Principal) -> Enrollment:
    """Give out a fresh secret; nothing changes until a code confirms it."""
    user_id, _ = _person(principal)
    async with deps.units_of_work() as work:
        user = await AccountService(work, deps.plans).get_user(user_id)
        return await SecondFactorService(work, deps.vault, deps.hashes).enroll(user)


async def confirm(deps: AuthDeps, principal: Principal, code: str) -> RecoveryCodes:
    """Switch two-factor sign-in on. Raises SecondFactorWrongError, TooManyGuessesError, ..."""
    user_id, _ = _person(principal)
    guess = await _count_guess(deps, "otp", user_id)
    async with deps.units_of_work() as work:
        factors = SecondFactorService(work, deps.vault, deps.hashes)
        codes = await factors.confirm(user_id, code)
        await GuessService(work, deps.hashes).release(guess)
        await _tell(deps, work, principal, user_id, "second_factor.enabled")
    return RecoveryCodes(recovery_codes=codes)


async def disable(deps: AuthDeps, principal: Principal, code: str) -> None:
    """Switch two-factor sign-in off. Raises SecondFactorWrongError, TooManyGuessesError, ..."""
    user_id, _ = _person(principal)
    guess = await _count_guess(deps, "otp", user_id)
    async with deps.units_of_work() as work:
        factors = SecondFactorService(work, deps.vault, deps.hashes)
        if await factors.check(user_id, code) is None:
            raise SecondFactorWrongError
        await GuessService(work, deps.hashes).release(guess)
        await factors.remove(user_id)
        await _tell(deps, work, principal, user_id, "second_factor.disabled")


async def step_up(deps: AuthDeps, principal: Principal, request: StepUp) -> FreshToken:
    """Return an access token that is good for what wants a recent sign-in.

    Whoever has set up two factors has to show the second. Raises LoginFailedError,
    SecondFactorWrongError, TooManyGuessesError, SessionRequiredError.
    """
    user_id, session_id = _person(principal)
    key = await deps.signing_keys.current()
    async with deps.units_of_work() as work:
        user = await AccountService(work, deps.plans).get_user(user_id)
        factors = SecondFactorService(work, deps.vault, deps.hashes)
        enrolled = await factors.is_enrolled(user_id)
    if enrolled and request.code is None:
        raise SecondFactorWrongError("confirm with a code of your authenticator")
    guess = await _count_guess(deps, "otp" if enrolled else "step-up", user_id)
    if request.password is not None:
        if not await deps.passwords.verify(user.password_hash, request.password):
            raise LoginFailedError("the password is not right")
        method = "pwd"
    async with deps.units_of_work() as work:
        if request.code is not None:
            factors = SecondFactorService(work, deps.vault, deps.hashes)
            found = await factors.check(user_id, request.code)
            if found is None:
                raise SecondFactorWrongError
            method = found
        await GuessService(work, deps.hashes).release(guess)
        sessions = SessionService(work, deps.plans, deps.hashes, key)
        return await sessions.step_up(session_id, user_id, method)


def _person(principal: Principal) -> tuple[UUID, UUID]:
    if principal.kind != "session" or not principal.user_id or not principal.credential_id:
        raise SessionRequiredError
    return principal.user_id, principal.credential_id


async def _count_guess(deps: AuthDeps, kind: str, user_id: UUID) -> list[UUID]:
    async with deps.units_of_work() as work:
        return await GuessService(work, deps.hashes).reserve([account_bucket(kind, user_id.hex)])


async def _tell(
    deps: AuthDeps, work: UnitOfWork, principal: Principal, user_id: UUID, action: str
) -> None:
    accounts = AccountRepository(work.session)
    user = await AccountService(work, deps.plans).get_user(user_id)
    await MailService(work, deps.hashes).request(user, "second_factor_changed")
    workspace, _ = (await accounts.list_memberships(user_id))[0]
    await AuditService(work, deps.hashes).record(
        workspace.id, action, Actor.of(principal), public_id("usr", user_id)
    )
