"""Act in another workspace."""

from uuid import UUID

from auth_service.contract.errors import SessionRequiredError
from auth_service.contract.second_factors import FreshToken
from auth_service.deps import AuthDeps
from auth_service.sessions.service import SessionService
from shared.identity import Principal


async def switch_workspace(deps: AuthDeps, principal: Principal, workspace_id: UUID) -> FreshToken:
    """Return an access token for a workspace that the person is a member of.

    Raises SessionRequiredError, WorkspaceNotFoundError.
    """
    if principal.kind != "session" or not principal.user_id or not principal.credential_id:
        raise SessionRequiredError
    key = await deps.signing_keys.current()
    async with deps.units_of_work() as work:
        sessions = SessionService(work, deps.plans, deps.hashes, key)
        return await sessions.switch(principal.credential_id, principal.user_id, workspace_id)
