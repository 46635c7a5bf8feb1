"""Send a browser to a provider, and take it in when it comes back."""

import base64
import hmac
from datetime import timedelta
from uuid import UUID

from auth_service.accounts.repository import AccountRepository
from auth_service.accounts.service import AccountService, email_key
from auth_service.adapters.oauth import ExternalAccount, Handshake, Provider
from auth_service.audit.service import Actor, AuditService
from auth_service.contract.errors import (
    IdentityTakenError,
    LinkInvalidError,
    LoginFailedError,
    OAuthAccountExistsError,
    OAuthEmailUnverifiedError,
    OAuthRefusedError,
    ProviderNotFoundError,
)
from auth_service.contract.social_logins import ProviderName
from auth_service.deps import AuthDeps
from auth_service.links.service import LinkService
from auth_service.models import OneTimeTokenRow, UserRow
from auth_service.sessions.service import Device
from auth_service.sessions.signing_in import CodeWanted, SignedIn, admit, require_session
from auth_service.social_logins.repository import IdentityRepository
from shared.clock import utc_now
from shared.http.app import PUBLIC_PREFIX
from shared.ids import public_id
from shared.unit_of_work import UnitOfWork

_STATE = "oauth_state"
STATE_LIFETIME = timedelta(minutes=10)


async def begin(deps: AuthDeps, name: ProviderName, user_id: UUID | None) -> tuple[str, str]:
    """Return the provider's page and a token that binds the callback to this browser.

    ``user_id`` is whose account is to be linked; None to sign in. Raises ProviderNotFoundError.
    """
    provider = _provider(deps, name)
    async with deps.units_of_work() as work:
        links = LinkService(work, deps.hashes)
        row = await links.create(_STATE, user_id, STATE_LIFETIME, {"provider": name})
        handshake = _handshake(deps, row, links.spell(row))
        binding = _derive(deps, "oauth-browser", row)
    return await provider.authorization_url(handshake), binding


async def finish(
    deps: AuthDeps,
    name: ProviderName,
    code: str | None,
    state: str,
    binding: str | None,
    device: Device,
) -> SignedIn:
    """Take in a browser that comes back from a provider.

    Raises OAuthRefusedError when person or provider said no, or the answer is not to be trusted;
    LinkInvalidError for a state that is not this browser's; OAuthEmailUnverifiedError,
    OAuthAccountExistsError, IdentityTakenError, SecondFactorRequiredError.
    """
    provider = _provider(deps, name)
    key = await deps.signing_keys.current()
    async with deps.units_of_work() as work:
        row = await LinkService(work, deps.hashes).take(_STATE, state)
        bound = hmac.compare_digest(_derive(deps, "oauth-browser", row), binding or "")
        if row.facts["provider"] != name or not bound:
            raise LinkInvalidError
        handshake = _handshake(deps, row, state)
        linking = row.user_id
    if code is None:
        raise OAuthRefusedError
    account = await provider.identify(code, handshake)
    async with deps.units_of_work() as work:
        user = await _owner(deps, work, name, account, linking)
        if user.suspended_at is not None:
            raise LoginFailedError
        outcome: SignedIn | CodeWanted = await admit(deps, work, key, user, [name], device)
    return require_session(outcome)


async def _owner(
    deps: AuthDeps,
    work: UnitOfWork,
    name: ProviderName,
    account: ExternalAccount,
    linking: UUID | None,
) -> UserRow:
    identities, accounts = IdentityRepository(work.session), AccountService(work, deps.plans)
    found = await identities.find(account.issuer, account.subject)
    if found is not None:
        if linking not in {None, found.user_id}:
            raise IdentityTakenError
        return await accounts.get_user(found.user_id)
    user = (
        await accounts.get_user(linking)
        if linking is not None
        else await _register(deps, work, account)
    )
    if not await identities.add(user.id, name, account):
        raise IdentityTakenError
    workspace, _ = await accounts.personal_workspace(user.id)
    await AuditService(work, deps.hashes).record(
        workspace.id,
        "identity.linked",
        Actor("session", user.id, None),
        public_id("usr", user.id),
        provider=name,
    )
    return user


async def _register(deps: AuthDeps, work: UnitOfWork, account: ExternalAccount) -> UserRow:
    """Make an account of a verified address that nobody has here.

    An account that is there already is not taken over: whoever made it, perhaps with an address
    that was not theirs, would share it. Its owner signs in and links.
    """
    if account.email is None:
        raise OAuthEmailUnverifiedError
    accounts = AccountRepository(work.session)
    if await accounts.find_user_by_email(email_key(account.email)) is not None:
        raise OAuthAccountExistsError
    user = await AccountService(work, deps.plans).register(account.email, None, verified=True)
    if user is None:
        raise OAuthAccountExistsError
    user.name = account.name[:100] if account.name else None
    user.email_verified_at = utc_now()
    return user


def _provider(deps: AuthDeps, name: ProviderName) -> Provider:
    provider = deps.providers.get(name)
    if provider is None:
        raise ProviderNotFoundError
    return provider


def _handshake(deps: AuthDeps, row: OneTimeTokenRow, state: str) -> Handshake:
    name = row.facts["provider"]
    base = deps.settings.public_url.rstrip("/")
    return Handshake(
        state=state,
        nonce=_derive(deps, "oauth-nonce", row),
        verifier=_derive(deps, "oauth-verifier", row),
        redirect_uri=f"{base}{PUBLIC_PREFIX}/auth/oauth/{name}/callback",
    )


def _derive(deps: AuthDeps, purpose: str, row: OneTimeTokenRow) -> str:
    """Return a secret of one sign-in: computed when it is needed, so that it is stored nowhere."""
    digest = deps.hashes.digest(purpose, row.id.bytes, row.salt)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
