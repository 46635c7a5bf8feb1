"""What every way of signing in ends with: a session, or the demand for a second factor."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from auth_service.accounts.repository import AccountRepository
from auth_service.audit.service import Actor, AuditService
from auth_service.contract.accounts import TokenPair
from auth_service.contract.errors import (
    LinkInvalidError,
    LoginFailedError,
    SecondFactorRequiredError,
    SecondFactorWrongError,
)
from auth_service.deps import AuthDeps
from auth_service.guesses.devices import known_device_bucket
from auth_service.guesses.service import GuessService, account_bucket
from auth_service.links.service import LinkService
from auth_service.models import UserRow
from auth_service.second_factors.service import SecondFactorService
from auth_service.sessions.service import Device, SessionService
from auth_service.signing_keys.service import SigningKey
from shared.ids import public_id
from shared.unit_of_work import UnitOfWork

_SECOND_FACTOR = "second_factor"
_LOGIN_TOKEN_LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session has started."""

    user_id: UUID
    pair: TokenPair


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """The first factor was right; ``login_token`` waits for the second."""

    login_token: str


async def admit(
    deps: AuthDeps,
    work: UnitOfWork,
    key: SigningKey,
    user: UserRow,
    methods: list[str],
    device: Device,
    failed_count: int = 0,
) -> SignedIn | CodeWanted:
    """Start a session for a user who has shown the first factor, unless there is a second."""
    if await SecondFactorService(work, deps.vault, deps.hashes).is_enrolled(user.id):
        links = LinkService(work, deps.hashes)
        row = await links.create(
            _SECOND_FACTOR, user.id, _LOGIN_TOKEN_LIFETIME, {"methods": methods}
        )
        return CodeWanted(links.spell(row))
    return await start_session(deps, work, key, user, methods, device, failed_count)


async def start_session(
    deps: AuthDeps,
    work: UnitOfWork,
    key: SigningKey,
    user: UserRow,
    methods: list[str],
    device: Device,
    failed_count: int = 0,
) -> SignedIn:
    """Start a session and put it on record."""
    pair = await SessionService(work, deps.plans, deps.hashes, key).start(user, methods, device)
    workspace, _ = (await AccountRepository(work.session).list_memberships(user.id))[0]
    await AuditService(work, deps.hashes).record(
        workspace.id,
        "session.started",
        Actor("session", user.id, device.address),
        public_id("usr", user.id),
        methods=" ".join(methods),
        failed_before=failed_count,
    )
    return SignedIn(user.id, pair)


async def finish_with_code(deps: AuthDeps, login_token: str, code: str, device: Device) -> SignedIn:
    """Show the second factor. Raises LinkInvalidError, SecondFactorWrongError, TooManyGuesses..."""
    key = await deps.signing_keys.current()
    async with deps.units_of_work() as work:
        row = await LinkService(work, deps.hashes).find(_SECOND_FACTOR, login_token)
        if row.user_id is None:
            raise LinkInvalidError
        user_id = row.user_id
        # Whoever has the password must not be able to keep the owner's own devices out.
        known = known_device_bucket(deps.hashes, device.token, user_id)
        buckets = [known or account_bucket("otp", user_id.hex)]
        guess = await GuessService(work, deps.hashes).reserve(buckets)
    async with deps.units_of_work() as work:
        row = await LinkService(work, deps.hashes).find(_SECOND_FACTOR, login_token)
        factor = await SecondFactorService(work, deps.vault, deps.hashes).check(user_id, code)
        if factor is None:
            raise SecondFactorWrongError
        await LinkService(work, deps.hashes).take(_SECOND_FACTOR, login_token)
        await GuessService(work, deps.hashes).release(guess)
        user = await AccountRepository(work.session).lock_user(user_id)
        if user is None or user.suspended_at is not None:
            raise LoginFailedError
        methods = [*row.facts["methods"], factor]
        return await start_session(deps, work, key, user, methods, device)


def require_session(outcome: SignedIn | CodeWanted) -> SignedIn:
    """Return the session. Raises SecondFactorRequiredError, with the login token, without one."""
    if isinstance(outcome, CodeWanted):
        raise SecondFactorRequiredError(login_token=outcome.login_token)
    return outcome
