"""Sign in with a password: count, hash outside of any transaction, then decide."""

from auth_service.accounts.repository import AccountRepository
from auth_service.accounts.service import email_key
from auth_service.contract.accounts import Login
from auth_service.contract.errors import LoginFailedError
from auth_service.deps import AuthDeps
from auth_service.guesses.devices import known_device_bucket
from auth_service.guesses.service import GuessService, account_bucket, address_bucket
from auth_service.models import UserRow
from auth_service.sessions.service import Device
from auth_service.sessions.signing_in import (
    CodeWanted,
    SignedIn,
    admit,
    finish_with_code,
    require_session,
)
from shared.logging import get_logger

log = get_logger(__name__)


async def log_in(deps: AuthDeps, request: Login, device: Device) -> SignedIn:
    """Return a new session.

    Raises TooManyGuessesError, SecondFactorRequiredError, SecondFactorWrongError; and
    LoginFailedError, after the same time and in the same words, for an unknown address, a wrong
    password, a suspended account, and an unconfirmed address where that is required.
    """
    key = await deps.signing_keys.current()
    async with deps.units_of_work() as work:
        user = await AccountRepository(work.session).find_user_by_email(email_key(request.email))
        known = known_device_bucket(deps.hashes, device.token, user.id if user else None)
        account = account_bucket("login", email_key(request.email))
        buckets = [known] if known else [account, address_bucket(device.address)]
        guesses = GuessService(work, deps.hashes)
        guess = await guesses.reserve(buckets)
        failed_count = await guesses.count(known or account)
    stored = user.password_hash if user else None
    right = await deps.passwords.verify(stored, request.password)
    if not right or user is None or stored is None or not _may_enter(deps, user):
        log.info("login.failed", address=device.address)
        raise LoginFailedError
    outdated = deps.passwords.is_outdated(stored)
    renewed = await deps.passwords.hash(request.password) if outdated else stored
    async with deps.units_of_work() as work:
        found = await AccountRepository(work.session).lock_user(user.id)
        if found is None or found.password_hash != stored or not _may_enter(deps, found):
            raise LoginFailedError
        found.password_hash = renewed
        await GuessService(work, deps.hashes).release(guess)
        outcome = await admit(deps, work, key, found, ["pwd"], device, failed_count - 1)
    if isinstance(outcome, CodeWanted) and request.code is not None:
        return await finish_with_code(deps, outcome.login_token, request.code, device)
    return require_session(outcome)


def _may_enter(deps: AuthDeps, user: UserRow) -> bool:
    confirmed = user.email_verified_at is not None or not deps.settings.require_verified_email
    return confirmed and user.suspended_at is None
