"""Two-factor sign-in, and step-up."""

from fastapi import APIRouter, Response, status

from auth_service.contract.accounts import TokenPair
from auth_service.contract.second_factors import (
    CodeCheck,
    Enrollment,
    FreshToken,
    RecoveryCodes,
    StepUp,
)
from auth_service.deps import Deps
from auth_service.second_factors.enrolling import disable, enroll, step_up
from auth_service.second_factors.verifying import verify_code
from auth_service.sessions.devices import CurrentDevice
from shared.http.access import public
from shared.http.dependencies import CurrentPrincipal, MaybePrincipal, RecentPrincipal

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/mfa/enroll", openapi_extra=public("account:write"))
async def enroll_second_factor(deps: Deps, principal: RecentPrincipal) -> Enrollment:
    """Get a secret for an authenticator app. Confirm it with a code to switch it on."""
    return await enroll(deps, principal)


@router.post("/mfa/verify", openapi_extra=public(None, cost=5))
async def verify_second_factor(
    body: CodeCheck,
    deps: Deps,
    principal: MaybePrincipal,
    device: CurrentDevice,
    response: Response,
) -> TokenPair | RecoveryCodes:
    """Finish signing in with `login_token` and a code, or finish enrolling with a code.

    Enrolling answers with recovery codes, which are shown this once.
    """
    return await verify_code(deps, body, principal, device, response)


@router.post(
    "/mfa/disable", status_code=status.HTTP_204_NO_CONTENT, openapi_extra=public("account:write")
)
async def disable_second_factor(body: CodeCheck, deps: Deps, principal: RecentPrincipal) -> None:
    """Switch two-factor sign-in off; takes a code or a recovery code."""
    await disable(deps, principal, body.code)


@router.post("/step-up", openapi_extra=public("account:read", cost=5))
async def confirm_identity(body: StepUp, deps: Deps, principal: CurrentPrincipal) -> FreshToken:
    """Confirm that it is you, for what wants a sign-in of the last five minutes."""
    return await step_up(deps, principal, body)
