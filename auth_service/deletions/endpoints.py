"""``DELETE /me`` and ``DELETE /workspaces/{id}``, and how far an erasure is."""

from fastapi import APIRouter, Depends, Response, status

from auth_service.contract.deletions import Deletion, ErasureReport
from auth_service.deletions.service import DeletionService
from auth_service.deps import Deps, PersonalWork
from shared.http.access import public
from shared.http.dependencies import RecentPrincipal, require_service
from shared.ids import DeletionId, WorkspaceId, public_id

router = APIRouter(tags=["me"])
internal = APIRouter(prefix="/internal/deletions", dependencies=[Depends(require_service)])


@router.delete(
    "/me", status_code=status.HTTP_202_ACCEPTED, openapi_extra=public("account:write", cost=5)
)
async def delete_me(
    principal: RecentPrincipal, work: PersonalWork, deps: Deps, response: Response
) -> Deletion:
    """Delete your account with all that belongs to it. There is no way back.

    Wants a sign-in, or a step-up, of the last five minutes. Keep the answer's `Location`: it tells
    when every part of the platform has erased its share, and what that was.
    """
    deletion = await DeletionService(work, deps).delete_me(principal)
    response.headers["Location"] = f"/deletions/{public_id('del', deletion.id)}"
    return deletion


@router.delete(
    "/workspaces/{workspace_id}",
    status_code=status.HTTP_202_ACCEPTED,
    tags=["workspaces"],
    openapi_extra=public("account:write", cost=5),
)
async def delete_workspace(
    workspace_id: WorkspaceId,
    principal: RecentPrincipal,
    work: PersonalWork,
    deps: Deps,
    response: Response,
) -> Deletion:
    """Delete a team's workspace with all that belongs to it; for its owners. There is no way back.

    Wants a sign-in, or a step-up, of the last five minutes. `Location` tells when it is done.
    """
    deletion = await DeletionService(work, deps).delete_team(principal, workspace_id)
    response.headers["Location"] = f"/deletions/{public_id('del', deletion.id)}"
    return deletion


@router.get("/deletions/{deletion_id}", openapi_extra=public(None))
async def get_deletion(deletion_id: DeletionId, work: PersonalWork, deps: Deps) -> Deletion:
    """Return how far the deletion of an account, or of a workspace, is."""
    return await DeletionService(work, deps).get(deletion_id)


@internal.post("/{workspace_id}", status_code=status.HTTP_204_NO_CONTENT)
async def report_erasure(
    workspace_id: WorkspaceId, body: ErasureReport, work: PersonalWork, deps: Deps
) -> None:
    """Note what a service has erased of a deleted workspace."""
    await DeletionService(work, deps).report(workspace_id, body)
