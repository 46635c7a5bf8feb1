"""``/admin``: for administrators of the installation, signed in not long ago."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, status
from pydantic import BaseModel

from auth_service.administration.service import AdministrationService, present_user
from auth_service.audit.service import Actor
from auth_service.contract import examples
from auth_service.contract.accounts import EmailAddress
from auth_service.contract.administration import AdminUser, AdminUserDetail
from auth_service.contract.subscriptions import Subscription, SubscriptionChange
from auth_service.deps import Deps, PersonalWork, RecordedWork
from auth_service.keyring.rewrapping import rewrap_everything
from auth_service.signing_keys.service import SigningKeyService
from auth_service.subscriptions.service import SubscriptionService
from shared.http.access import public
from shared.http.dependencies import AdminPrincipal, Cursors, RecentPrincipal
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, as_page
from shared.http.preconditions import IfMatch, entity_tag
from shared.ids import UserId, WorkspaceId

router = APIRouter(prefix="/admin", tags=["ops"])


@router.get("/users", openapi_extra=public("account:read"))
async def list_users(
    admin: AdminPrincipal,
    work: RecordedWork,
    deps: Deps,
    cursors: Cursors,
    email: Annotated[EmailAddress | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[AdminUser]:
    """List the installation's accounts, newest first, or find one by its address."""
    administration = AdministrationService(work, deps, admin)
    rows, following = await administration.list_users(email, cursors, cursor, limit)
    return as_page(rows, following, present_user)


@router.get("/users/{user_id}", openapi_extra=public("account:read"))
async def get_user(
    user_id: UserId, admin: AdminPrincipal, work: RecordedWork, deps: Deps
) -> AdminUserDetail:
    """Read one account. Its owner sees in the audit log that you did."""
    return await AdministrationService(work, deps, admin).get_user(user_id)


@router.post(
    "/users/{user_id}/suspend",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=public("account:write"),
)
async def suspend_user(
    user_id: UserId,
    admin: AdminPrincipal,
    recent: RecentPrincipal,
    work: PersonalWork,
    deps: Deps,
) -> None:
    """Shut an account out everywhere, within a second."""
    await AdministrationService(work, deps, admin).suspend(user_id)


@router.post(
    "/users/{user_id}/release",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=public("account:write"),
)
async def release_user(
    user_id: UserId,
    admin: AdminPrincipal,
    recent: RecentPrincipal,
    work: PersonalWork,
    deps: Deps,
) -> None:
    """Let a suspended account in again."""
    await AdministrationService(work, deps, admin).release(user_id)


@router.get("/workspaces/{workspace_id}/subscription", openapi_extra=public("account:read"))
async def get_workspace_subscription(
    workspace_id: WorkspaceId,
    admin: AdminPrincipal,
    work: RecordedWork,
    deps: Deps,
    response: Response,
) -> Subscription:
    """Read which plan a workspace is on. The `ETag` is what a change must name in `If-Match`.

    Its owner sees in the audit log that you did.
    """
    administration = AdministrationService(work, deps, admin)
    subscription, revision = await administration.get_subscription(workspace_id)
    response.headers["ETag"] = entity_tag(revision)
    return subscription


@router.put("/workspaces/{workspace_id}/subscription", openapi_extra=public("account:write"))
async def change_workspace_subscription(
    workspace_id: WorkspaceId,
    body: SubscriptionChange,
    admin: AdminPrincipal,
    precondition: IfMatch,
    work: PersonalWork,
    deps: Deps,
    response: Response,
) -> Subscription:
    """Put anybody's workspace on a plan; it counts within a second."""
    subscriptions = SubscriptionService(work, deps.plans, deps.hashes)
    actor = Actor("admin", admin.user_id, admin.address)
    subscription, revision = await subscriptions.change(
        workspace_id, body, "admin", actor, precondition=precondition
    )
    response.headers["ETag"] = entity_tag(revision)
    return subscription


class Rewrapping(BaseModel):
    """How many of the auth service's secrets were still under a previous master key."""

    model_config = examples.answer(examples.REWRAPPING)

    moved_count: int


@router.post("/master-key/rewrap", openapi_extra=public("account:write", cost=10))
async def rewrap_secrets(admin: AdminPrincipal, recent: RecentPrincipal, deps: Deps) -> Rewrapping:
    """Put all secrets at rest under the present master key, after it has been changed.

    The auth service's own are done when this answers. The other services follow in the background,
    each with an entry `secrets.rewrapped` in your workspace's audit log once it is through; then
    the previous master key may be forgotten.
    """
    return Rewrapping(moved_count=await rewrap_everything(deps, admin))


@router.post(
    "/signing-keys/rotate",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=public("account:write"),
)
async def rotate_signing_keys(
    admin: AdminPrincipal, recent: RecentPrincipal, work: PersonalWork, deps: Deps
) -> None:
    """Sign with a new key from now on; tokens signed with the old one live out their time."""
    await SigningKeyService(work, deps.vault).rotate()
