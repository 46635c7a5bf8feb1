"""Add, list and remove the passkeys of one's own account."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from auth_service.accounts.repository import AccountRepository
from auth_service.accounts.service import AccountService
from auth_service.audit.service import Actor, AuditService
from auth_service.contract.errors import (
    LastSignInError,
    LinkInvalidError,
    PasskeyExistsError,
    PasskeyLimitError,
    PasskeyNotFoundError,
    PasskeyRefusedError,
    SessionRequiredError,
)
from auth_service.contract.passkeys import PasskeyCreate, PasskeyOptions
from auth_service.deps import AuthDeps
from auth_service.links.service import LinkService
from auth_service.mails.service import MailService
from auth_service.models import IdentityRow, PasskeyRow
from auth_service.passkeys.relying_party import RelyingParty, challenge_of
from auth_service.passkeys.repository import PasskeyRepository
from shared.clock import utc_now
from shared.identity import Principal
from shared.ids import new_id, public_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork

log = get_logger(__name__)

CHALLENGE_LIFETIME = timedelta(minutes=5)
MOST_PASSKEYS = 20
_PURPOSE = "passkey_registration"


async def begin_registration(deps: AuthDeps, principal: Principal) -> PasskeyOptions:
    """Return what to ask an authenticator; the challenge is good once."""
    user_id = _person(principal)
    async with deps.units_of_work() as work:
        user = await AccountService(work, deps.plans).get_user(user_id)
        known = list(await PasskeyRepository(work.session).list_of(user_id))
        links = LinkService(work, deps.hashes)
        challenge = links.spell(await links.create(_PURPOSE, user_id, CHALLENGE_LIFETIME))
    return RelyingParty.of(deps.settings).creation(user, challenge, known)


async def register(deps: AuthDeps, principal: Principal, request: PasskeyCreate) -> PasskeyRow:
    """Keep a new passkey. Raises PasskeyRefusedError, PasskeyExistsError, PasskeyLimitError."""
    user_id = _person(principal)
    challenge = challenge_of(request.credential.response.clientDataJSON)
    # Used up in a transaction of its own: a challenge is good once, whatever comes of it.
    async with deps.units_of_work() as work:
        try:
            link = await LinkService(work, deps.hashes).take(_PURPOSE, challenge)
        except LinkInvalidError as error:
            raise PasskeyRefusedError from error
        owner = link.user_id
    if owner != user_id:
        raise PasskeyRefusedError
    verified = RelyingParty.of(deps.settings).check_new(request.credential, challenge)
    async with deps.units_of_work() as work:
        passkeys = PasskeyRepository(work.session)
        await AccountRepository(work.session).lock_user(user_id)
        if len(await passkeys.list_of(user_id)) >= MOST_PASSKEYS:
            raise PasskeyLimitError
        row = await passkeys.add(
            id=new_id(),
            user_id=user_id,
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            name=request.name,
            created_at=utc_now(),
        )
        if row is None:
            raise PasskeyExistsError
        await _tell(deps, work, principal, user_id, "passkey.added")
    return row


async def list_passkeys(work: UnitOfWork, principal: Principal) -> list[PasskeyRow]:
    """Return one's own passkeys."""
    return list(await PasskeyRepository(work.session).list_of(_person(principal)))


async def remove_passkey(deps: AuthDeps, principal: Principal, passkey_id: UUID) -> None:
    """Forget a passkey.

    Raises PasskeyNotFoundError, LastSignInError when nothing else would sign its owner in.
    """
    user_id = _person(principal)
    async with deps.units_of_work() as work:
        user = await AccountRepository(work.session).lock_user(user_id)
        passkeys = PasskeyRepository(work.session)
        if not await passkeys.delete(user_id, passkey_id):
            raise PasskeyNotFoundError
        elsewhere = select(IdentityRow.user_id).where(IdentityRow.user_id == user_id).limit(1)
        others = user is not None and user.password_hash is not None
        others = others or await work.session.scalar(elsewhere) is not None
        if not others and not await passkeys.list_of(user_id):
            raise LastSignInError
        await _tell(deps, work, principal, user_id, "passkey.removed")


async def _tell(
    deps: AuthDeps, work: UnitOfWork, principal: Principal, user_id: UUID, action: str
) -> None:
    accounts = AccountService(work, deps.plans)
    user = await accounts.get_user(user_id)
    await MailService(work, deps.hashes).request(user, "second_factor_changed")
    workspace, _ = await accounts.personal_workspace(user_id)
    await AuditService(work, deps.hashes).record(
        workspace.id, action, Actor.of(principal), public_id("usr", user_id)
    )
    log.info(action, user_id=str(user_id))


def _person(principal: Principal) -> UUID:
    if principal.kind != "session" or principal.user_id is None:
        raise SessionRequiredError
    return principal.user_id
