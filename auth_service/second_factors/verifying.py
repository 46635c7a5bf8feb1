"""One door for codes: to finish signing in, or to finish enrolling."""

from fastapi import Response

from auth_service.contract.accounts import TokenPair
from auth_service.contract.second_factors import CodeCheck, RecoveryCodes
from auth_service.deps import AuthDeps
from auth_service.second_factors.enrolling import confirm
from auth_service.sessions.devices import remember_device
from auth_service.sessions.service import Device
from auth_service.sessions.signing_in import finish_with_code
from shared.errors import NotAuthenticatedError
from shared.identity import Principal


async def verify_code(
    deps: AuthDeps, request: CodeCheck, principal: Principal, device: Device, response: Response
) -> TokenPair | RecoveryCodes:
    """Return a pair for a login token, recovery codes for an enrolment.

    Raises NotAuthenticatedError for neither; see finish_with_code and confirm for the rest.
    """
    if request.login_token is not None:
        token = request.login_token.get_secret_value()
        signed_in = await finish_with_code(deps, token, request.code, device)
        remember_device(deps, response, device, signed_in.user_id)
        return signed_in.pair
    if principal.kind == "anonymous":
        raise NotAuthenticatedError
    return await confirm(deps, principal, request.code)
