"""Sign in, or confirm that it is oneself, with a passkey: it is both factors at once."""

from webauthn.authentication.verify_authentication_response import VerifiedAuthentication

from auth_service.accounts.repository import AccountRepository
from auth_service.contract.errors import (
    LinkInvalidError,
    PasskeyRefusedError,
    SessionRequiredError,
)
from auth_service.contract.passkeys import PasskeyOptions, PasskeyProof
from auth_service.contract.second_factors import FreshToken
from auth_service.deps import AuthDeps
from auth_service.links.service import LinkService
from auth_service.models import PasskeyRow
from auth_service.passkeys.registering import CHALLENGE_LIFETIME
from auth_service.passkeys.relying_party import RelyingParty, challenge_of, credential_id
from auth_service.passkeys.repository import PasskeyRepository
from auth_service.sessions.service import Device, SessionService
from auth_service.sessions.signing_in import SignedIn, start_session
from shared.clock import utc_now
from shared.identity import Principal
from shared.unit_of_work import UnitOfWork

_PURPOSE = "passkey_sign_in"
_METHODS = ["passkey", "mfa"]


async def begin_sign_in(deps: AuthDeps) -> PasskeyOptions:
    """Return what to ask an authenticator; the challenge is good once, for whoever answers."""
    async with deps.units_of_work() as work:
        links = LinkService(work, deps.hashes)
        challenge = links.spell(await links.create(_PURPOSE, None, CHALLENGE_LIFETIME))
    return RelyingParty.of(deps.settings).request(challenge)


async def sign_in(deps: AuthDeps, request: PasskeyProof, device: Device) -> SignedIn:
    """Start a session. Raises PasskeyRefusedError, in the same words for every reason."""
    key = await deps.signing_keys.current()
    proof = await _check(deps, request)
    async with deps.units_of_work() as work:
        row = await _note_use(work, proof)
        user = await AccountRepository(work.session).lock_user(row.user_id)
        confirmed = user is not None and (
            user.email_verified_at is not None or not deps.settings.require_verified_email
        )
        if user is None or user.suspended_at is not None or not confirmed:
            raise PasskeyRefusedError
        return await start_session(deps, work, key, user, list(_METHODS), device)


async def step_up(deps: AuthDeps, principal: Principal, request: PasskeyProof) -> FreshToken:
    """Return an access token that is good for what wants a recent sign-in.

    Raises PasskeyRefusedError, also for somebody else's passkey; SessionRequiredError.
    """
    user_id, session_id = principal.user_id, principal.credential_id
    if principal.kind != "session" or user_id is None or session_id is None:
        raise SessionRequiredError
    key = await deps.signing_keys.current()
    proof = await _check(deps, request)
    async with deps.units_of_work() as work:
        row = await _note_use(work, proof)
        if row.user_id != user_id:
            raise PasskeyRefusedError
        sessions = SessionService(work, deps.plans, deps.hashes, key)
        return await sessions.step_up(session_id, user_id, "passkey")


async def _check(deps: AuthDeps, request: PasskeyProof) -> VerifiedAuthentication:
    """Use the challenge up, then see whether the signature holds."""
    credential = request.credential
    challenge = challenge_of(credential.response.clientDataJSON)
    # In a transaction of its own: a challenge is good once, whatever comes of it.
    async with deps.units_of_work() as work:
        try:
            await LinkService(work, deps.hashes).take(_PURPOSE, challenge)
        except LinkInvalidError as error:
            raise PasskeyRefusedError from error
        row = await PasskeyRepository(work.session).find(credential_id(credential.id))
    if row is None:
        raise PasskeyRefusedError
    return RelyingParty.of(deps.settings).check_shown(credential, challenge, row)


async def _note_use(work: UnitOfWork, proof: VerifiedAuthentication) -> PasskeyRow:
    """Return the passkey, its counter moved on. Raises PasskeyRefusedError when it has stood still.

    A counter that does not grow is that of a copied authenticator; those that do not count say 0.
    """
    row = await PasskeyRepository(work.session).find(proof.credential_id, lock=True)
    if row is None or 0 < proof.new_sign_count <= row.sign_count:
        raise PasskeyRefusedError
    row.sign_count, row.last_used_at = proof.new_sign_count, utc_now()
    return row
