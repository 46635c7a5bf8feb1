"""Workspaces, their members, and changing from one to another."""

from fastapi import APIRouter, Response, status
from fastapi.responses import HTMLResponse

from auth_service.accounts.service import AccountService
from auth_service.contract.accounts import WorkspaceMembership
from auth_service.contract.passwords import Accepted
from auth_service.contract.second_factors import FreshToken
from auth_service.contract.workspaces import (
    Invitation,
    InvitationAcceptance,
    Member,
    RoleChange,
    WorkspaceCreate,
)
from auth_service.deps import Deps, PersonalWork
from auth_service.pages.rendering import page
from auth_service.sessions.switching import switch_workspace
from auth_service.workspaces.service import WorkspaceService
from shared.http.access import public
from shared.http.dependencies import CurrentPrincipal, Cursors
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, slice_page
from shared.http.preconditions import IfMatch, entity_tag
from shared.ids import UserId, WorkspaceId

router = APIRouter(prefix="/workspaces", tags=["workspaces"])


@router.get("", openapi_extra=public("account:read"))
async def list_workspaces(
    principal: CurrentPrincipal,
    work: PersonalWork,
    deps: Deps,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[WorkspaceMembership]:
    """List the workspaces that you are a member of, your own first."""
    me, _ = await AccountService(work, deps.plans).me(principal)
    return slice_page(
        me.workspaces, lambda place: place.id.hex, "workspaces", cursors, cursor, limit
    )


@router.post("", status_code=status.HTTP_201_CREATED, openapi_extra=public("account:write"))
async def create_workspace(
    body: WorkspaceCreate, principal: CurrentPrincipal, work: PersonalWork, deps: Deps
) -> WorkspaceMembership:
    """Make a workspace for a team. Act in it with a token from its `/switch`."""
    row = await WorkspaceService(work, deps.plans, deps.hashes).create(principal, body.name)
    workspace, _ = await AccountService(work, deps.plans).membership(principal, row.id)
    return workspace


@router.patch("/{workspace_id}", openapi_extra=public("account:write"))
async def rename_workspace(
    workspace_id: WorkspaceId,
    body: WorkspaceCreate,
    principal: CurrentPrincipal,
    precondition: IfMatch,
    work: PersonalWork,
    deps: Deps,
    response: Response,
) -> WorkspaceMembership:
    """Rename a workspace; for its owners."""
    workspaces = WorkspaceService(work, deps.plans, deps.hashes)
    row = await workspaces.rename(principal, workspace_id, body.name, precondition)
    accounts = AccountService(work, deps.plans)
    workspace, revision = await accounts.membership(principal, row.id)
    response.headers["ETag"] = entity_tag(revision)
    return workspace


@router.post("/{workspace_id}/switch", openapi_extra=public("account:read"))
async def act_in_workspace(
    workspace_id: WorkspaceId, principal: CurrentPrincipal, deps: Deps
) -> FreshToken:
    """Get an access token for another workspace; the session stays in it."""
    return await switch_workspace(deps, principal, workspace_id)


@router.get("/{workspace_id}/members", openapi_extra=public("account:read"))
async def list_members(
    workspace_id: WorkspaceId,
    principal: CurrentPrincipal,
    work: PersonalWork,
    deps: Deps,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Member]:
    """List a workspace's members, the earliest first."""
    workspaces = WorkspaceService(work, deps.plans, deps.hashes)
    members = await workspaces.list_members(principal, workspace_id)
    return slice_page(members, lambda member: member.id.hex, "members", cursors, cursor, limit)


@router.post(
    "/{workspace_id}/invitations",
    status_code=status.HTTP_202_ACCEPTED,
    openapi_extra=public("account:write", cost=5),
)
async def invite_member(
    workspace_id: WorkspaceId,
    body: Invitation,
    principal: CurrentPrincipal,
    work: PersonalWork,
    deps: Deps,
) -> Accepted:
    """Invite somebody by mail; for owners. The answer does not tell who has an account."""
    await WorkspaceService(work, deps.plans, deps.hashes).invite(principal, workspace_id, body)
    return Accepted(status="accepted")


@router.get("/invitations", openapi_extra=public(None), response_class=HTMLResponse)
async def show_invitation() -> HTMLResponse:
    """Show the page that the mailed link leads to."""
    return page("invitation")


@router.get("/{workspace_id}", openapi_extra=public("account:read"))
async def get_workspace(
    workspace_id: WorkspaceId,
    principal: CurrentPrincipal,
    work: PersonalWork,
    deps: Deps,
    response: Response,
) -> WorkspaceMembership:
    """Read one of your workspaces. Its `ETag` is what a change must name in `If-Match`."""
    accounts = AccountService(work, deps.plans)
    workspace, revision = await accounts.membership(principal, workspace_id)
    response.headers["ETag"] = entity_tag(revision)
    return workspace


@router.post("/invitations/accept", openapi_extra=public("account:write"))
async def accept_invitation(
    body: InvitationAcceptance, principal: CurrentPrincipal, work: PersonalWork, deps: Deps
) -> WorkspaceMembership:
    """Join a workspace with the token of the mailed link."""
    workspaces = WorkspaceService(work, deps.plans, deps.hashes)
    row = await workspaces.accept(principal, body.token.get_secret_value())
    workspace, _ = await AccountService(work, deps.plans).membership(principal, row.id)
    return workspace


@router.get("/{workspace_id}/members/{user_id}", openapi_extra=public("account:read"))
async def get_member(
    workspace_id: WorkspaceId,
    user_id: UserId,
    principal: CurrentPrincipal,
    work: PersonalWork,
    deps: Deps,
    response: Response,
) -> Member:
    """Read one member. The `ETag` is what a change of the role must name in `If-Match`."""
    workspaces = WorkspaceService(work, deps.plans, deps.hashes)
    member, revision = await workspaces.get_member(principal, workspace_id, user_id)
    response.headers["ETag"] = entity_tag(revision)
    return member


@router.patch(
    "/{workspace_id}/members/{user_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=public("account:write"),
)
async def change_member_role(
    workspace_id: WorkspaceId,
    user_id: UserId,
    body: RoleChange,
    principal: CurrentPrincipal,
    precondition: IfMatch,
    work: PersonalWork,
    deps: Deps,
    response: Response,
) -> None:
    """Give a member another role; it counts within a second."""
    workspaces = WorkspaceService(work, deps.plans, deps.hashes)
    revision = await workspaces.change_role(
        principal, workspace_id, user_id, body.role, precondition
    )
    response.headers["ETag"] = entity_tag(revision)


@router.delete(
    "/{workspace_id}/members/{user_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=public("account:write"),
)
async def remove_member(
    workspace_id: WorkspaceId,
    user_id: UserId,
    principal: CurrentPrincipal,
    work: PersonalWork,
    deps: Deps,
) -> None:
    """Take a member out of a workspace, or leave it."""
    await WorkspaceService(work, deps.plans, deps.hashes).remove(principal, workspace_id, user_id)
