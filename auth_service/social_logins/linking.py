"""See and unlink accounts elsewhere."""

from auth_service.accounts.repository import AccountRepository
from auth_service.accounts.service import AccountService
from auth_service.audit.service import Actor, AuditService
from auth_service.contract.errors import (
    IdentityNotFoundError,
    LastSignInError,
    SessionRequiredError,
)
from auth_service.contract.social_logins import LinkedAccount, ProviderName
from auth_service.deps import AuthDeps
from auth_service.passkeys.repository import PasskeyRepository
from auth_service.social_logins.repository import IdentityRepository
from shared.identity import Principal
from shared.ids import public_id
from shared.unit_of_work import UnitOfWork


async def list_linked(work: UnitOfWork, principal: Principal) -> list[LinkedAccount]:
    """Return the accounts that sign in to the caller's."""
    if principal.user_id is None:
        return []
    rows = await IdentityRepository(work.session).list_of(principal.user_id)
    return [LinkedAccount.model_validate(row, from_attributes=True) for row in rows]


async def unlink(
    deps: AuthDeps, work: UnitOfWork, principal: Principal, provider: ProviderName
) -> None:
    """Forget an account elsewhere.

    Raises IdentityNotFoundError; LastSignInError when nothing else would sign the person in.
    """
    if principal.user_id is None:
        raise SessionRequiredError
    # Locked, so that the last two ways in cannot be removed at once.
    user = await AccountRepository(work.session).lock_user(principal.user_id)
    if user is None:
        raise SessionRequiredError
    identities = IdentityRepository(work.session)
    if not await identities.remove(user.id, provider):
        raise IdentityNotFoundError
    others = user.password_hash is not None or await identities.list_of(user.id)
    if not others and not await PasskeyRepository(work.session).list_of(user.id):
        raise LastSignInError
    workspace, _ = await AccountService(work, deps.plans).personal_workspace(user.id)
    await AuditService(work, deps.hashes).record(
        workspace.id,
        "identity.unlinked",
        Actor.of(principal),
        public_id("usr", user.id),
        provider=provider,
    )
