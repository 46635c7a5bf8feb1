"""``/auth/passkeys``: register, list and remove them; sign in and step up with them."""

from fastapi import APIRouter, Response, status

from auth_service.contract.accounts import TokenPair
from auth_service.contract.passkeys import Passkey, PasskeyCreate, PasskeyOptions, PasskeyProof
from auth_service.contract.second_factors import FreshToken
from auth_service.deps import Deps, PersonalWork
from auth_service.models import PasskeyRow
from auth_service.passkeys.registering import (
    begin_registration,
    list_passkeys,
    register,
    remove_passkey,
)
from auth_service.passkeys.signing_in import begin_sign_in, sign_in, step_up
from auth_service.sessions.devices import CurrentDevice, remember_device
from shared.http.access import public
from shared.http.dependencies import CurrentPrincipal, Cursors, RecentPrincipal
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, slice_page
from shared.ids import PasskeyId

router = APIRouter(prefix="/auth/passkeys", tags=["auth"])


@router.post("/options", openapi_extra=public("account:write"))
async def begin_passkey_registration(deps: Deps, principal: RecentPrincipal) -> PasskeyOptions:
    """Get what to hand to `navigator.credentials.create()`.

    Wants a sign-in, or a step-up, of the last five minutes.
    """
    return await begin_registration(deps, principal)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_model=Passkey,
    openapi_extra=public("account:write", cost=5),
)
async def create_passkey(body: PasskeyCreate, deps: Deps, principal: RecentPrincipal) -> PasskeyRow:
    """Keep the passkey that the browser has made. From now on it signs you in, without a code."""
    return await register(deps, principal, body)


@router.get("", openapi_extra=public("account:read"))
async def list_own_passkeys(
    principal: CurrentPrincipal,
    work: PersonalWork,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Passkey]:
    """List your passkeys, the earliest first."""
    rows = await list_passkeys(work, principal)
    passkeys = [Passkey.model_validate(row, from_attributes=True) for row in rows]
    return slice_page(passkeys, lambda one: one.id.hex, "passkeys", cursors, cursor, limit)


@router.delete(
    "/{passkey_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=public("account:write"),
)
async def delete_passkey(passkey_id: PasskeyId, deps: Deps, principal: RecentPrincipal) -> None:
    """Forget a passkey; it signs nobody in any more."""
    await remove_passkey(deps, principal, passkey_id)


@router.post("/sign-in/options", openapi_extra=public(None))
async def begin_passkey_sign_in(deps: Deps) -> PasskeyOptions:
    """Get what to hand to `navigator.credentials.get()`, to sign in or to step up.

    It is the same for everybody: whose passkey it is comes with the answer.
    """
    return await begin_sign_in(deps)


@router.post("/sign-in", openapi_extra=public(None, cost=5))
async def sign_in_with_passkey(
    body: PasskeyProof, deps: Deps, device: CurrentDevice, response: Response
) -> TokenPair:
    """Sign in with what the authenticator has signed; it counts as both factors."""
    signed_in = await sign_in(deps, body, device)
    remember_device(deps, response, device, signed_in.user_id)
    return signed_in.pair


@router.post("/step-up", openapi_extra=public("account:read", cost=5))
async def confirm_identity_with_passkey(
    body: PasskeyProof, deps: Deps, principal: CurrentPrincipal
) -> FreshToken:
    """Confirm that it is you, for what wants a sign-in of the last five minutes."""
    return await step_up(deps, principal, body)
