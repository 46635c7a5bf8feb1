"""Change a password, forget it, set it anew; confirm an address."""

from uuid import UUID

from auth_service.accounts.policy import check_password
from auth_service.accounts.repository import AccountRepository
from auth_service.accounts.service import AccountService, email_key
from auth_service.audit.service import Actor, AuditService
from auth_service.contract.errors import (
    LinkInvalidError,
    LoginFailedError,
    SessionRequiredError,
)
from auth_service.contract.events import EmailVerified
from auth_service.contract.passwords import (
    EmailChange,
    EmailVerification,
    PasswordChange,
    PasswordForgotten,
    PasswordReset,
)
from auth_service.deps import AuthDeps
from auth_service.equal_time import on_the_beat
from auth_service.guesses.service import GuessService, account_bucket, address_bucket
from auth_service.links.service import LinkService
from auth_service.mails.service import MailService
from auth_service.models import UserRow, WorkspaceRow
from auth_service.sessions.ending import end_sessions
from shared.clock import utc_now
from shared.identity import Principal
from shared.ids import public_id
from shared.unit_of_work import UnitOfWork


async def change_password(deps: AuthDeps, principal: Principal, request: PasswordChange) -> None:
    """Set a new password and end all other sessions.

    Raises SessionRequiredError, TooManyGuessesError, LoginFailedError when the current password is
    wrong, PasswordRefusedError.
    """
    if principal.kind != "session" or principal.user_id is None:
        raise SessionRequiredError
    async with deps.units_of_work() as work:
        user = await AccountService(work, deps.plans).get_user(principal.user_id)
        buckets = [account_bucket("password-change", user.id.hex)]
        guess = await GuessService(work, deps.hashes).reserve(buckets)
    await check_password(deps.settings, request.new_password, user.email, "/new_password")
    if not await deps.passwords.verify(user.password_hash, request.current_password):
        raise LoginFailedError("the current password is not right")
    password_hash = await deps.passwords.hash(request.new_password)
    async with deps.units_of_work() as work:
        await GuessService(work, deps.hashes).release(guess)
        await _set_password(
            deps, work, user.id, password_hash, Actor.of(principal), keep=principal.credential_id
        )


async def forget_password(deps: AuthDeps, request: PasswordForgotten, address: str | None) -> None:
    """Mail a link to whoever has the address; nobody can tell whether somebody does.

    Raises TooManyGuessesError when one address asks for many accounts.
    """
    async with on_the_beat(deps.settings.answer_beat_s), deps.units_of_work() as work:
        await GuessService(work, deps.hashes).reserve([address_bucket(address)])
        user = await AccountRepository(work.session).find_user_by_email(email_key(request.email))
        if user is not None and user.suspended_at is None:
            await MailService(work, deps.hashes).request(user, "reset_password")


async def reset_password(deps: AuthDeps, request: PasswordReset, address: str | None) -> None:
    """Set a new password with a link's token, and end all sessions.

    Raises LinkInvalidError, PasswordRefusedError; a refused password leaves the link good.
    """
    token = request.token.get_secret_value()
    async with deps.units_of_work() as work:
        user = await _owner(deps, work, "reset_password", token)
    await check_password(deps.settings, request.password, user.email)
    password_hash = await deps.passwords.hash(request.password)
    async with deps.units_of_work() as work:
        row = await LinkService(work, deps.hashes).take("reset_password", token)
        user = await _owner_of(deps, work, row.user_id)
        if user.email == row.facts["to"]:
            await _confirm(work, user)
        actor = Actor("anonymous", user.id, address)
        await _set_password(deps, work, user.id, password_hash, actor, keep=None)


async def verify_email(deps: AuthDeps, request: EmailVerification, address: str | None) -> None:
    """Confirm that a user reads mail at the address the link was sent to, which becomes theirs.

    Raises LinkInvalidError, also when somebody else has taken the address meanwhile.
    """
    async with deps.units_of_work() as work:
        links = LinkService(work, deps.hashes)
        row = await links.take("verify_email", request.token.get_secret_value())
        user = await _owner_of(deps, work, row.user_id)
        email = str(row.facts["to"])
        if email != user.email:
            await _move(deps, work, user, email)
        workspace = await _confirm(work, user)
        actor = Actor("anonymous", user.id, address)
        await AuditService(work, deps.hashes).record(
            workspace.id, "email.verified", actor, public_id("usr", user.id)
        )


async def resend_verification(deps: AuthDeps, principal: Principal) -> None:
    """Mail the link once more. Does nothing for a confirmed address."""
    if principal.user_id is None:
        raise SessionRequiredError
    async with deps.units_of_work() as work:
        user = await AccountService(work, deps.plans).get_user(principal.user_id)
        if user.email_verified_at is None:
            await MailService(work, deps.hashes).request(user, "verify_email")


async def change_email(deps: AuthDeps, principal: Principal, request: EmailChange) -> None:
    """Mail a link to a new address. Looks the same when somebody has the address already."""
    if principal.user_id is None:
        raise SessionRequiredError
    async with on_the_beat(deps.settings.answer_beat_s), deps.units_of_work() as work:
        user = await AccountService(work, deps.plans).get_user(principal.user_id)
        mails = MailService(work, deps.hashes)
        accounts = AccountRepository(work.session)
        owner = await accounts.find_user_by_email(email_key(request.email))
        if owner is None or owner.id == user.id:
            await mails.request(user, "verify_email", to=request.email)
        else:
            await mails.request(owner, "address_taken")


async def _confirm(work: UnitOfWork, user: UserRow) -> WorkspaceRow:
    """Note that the user's address is theirs; return their personal workspace."""
    user.email_verified_at = utc_now()
    workspace, _ = (await AccountRepository(work.session).list_memberships(user.id))[0]
    work.emit(EmailVerified(workspace_id=workspace.id, user_id=user.id))
    return workspace


async def _move(deps: AuthDeps, work: UnitOfWork, user: UserRow, email: str) -> None:
    accounts = AccountRepository(work.session)
    if await accounts.find_user_by_email(email_key(email)) not in {None, user}:
        raise LinkInvalidError
    await MailService(work, deps.hashes).request(user, "email_changed")
    user.email, user.email_key = email, email_key(email)


async def _owner(deps: AuthDeps, work: UnitOfWork, purpose: str, token: str) -> UserRow:
    row = await LinkService(work, deps.hashes).find(purpose, token)
    return await _owner_of(deps, work, row.user_id)


async def _owner_of(deps: AuthDeps, work: UnitOfWork, user_id: UUID | None) -> UserRow:
    user = await AccountRepository(work.session).lock_user(user_id) if user_id else None
    if user is None or user.suspended_at is not None:
        raise LinkInvalidError
    return user


async def _set_password(
    deps: AuthDeps,
    work: UnitOfWork,
    user_id: UUID,
    password_hash: str,
    actor: Actor,
    *,
    keep: UUID | None,
) -> None:
    accounts = AccountRepository(work.session)
    user = await _owner_of(deps, work, user_id)
    user.password_hash, user.password_changed_at = password_hash, utc_now()
    await LinkService(work, deps.hashes).void(user.id, "reset_password")
    await end_sessions(work, user.id, "password_changed", keep=keep)
    await MailService(work, deps.hashes).request(user, "password_changed")
    workspace, _ = (await accounts.list_memberships(user.id))[0]
    await AuditService(work, deps.hashes).record(
        workspace.id, "password.changed", actor, public_id("usr", user.id)
    )
