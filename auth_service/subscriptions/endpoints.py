"""``/subscription``, and the billing system's hook."""

from fastapi import APIRouter, Depends, Request, Response, status

from auth_service.audit.service import Actor
from auth_service.contract.plans import Plan
from auth_service.contract.subscriptions import Subscription, SubscriptionChange
from auth_service.deps import Deps, PersonalWork
from auth_service.subscriptions.billing import take_billing_event
from auth_service.subscriptions.service import SubscriptionService
from shared.http.access import public
from shared.http.dependencies import AdminPrincipal, CurrentWorkspace, Work, require_service
from shared.http.preconditions import IfMatch, entity_tag
from shared.ids import WorkspaceId

router = APIRouter(tags=["me"])
internal = APIRouter(prefix="/internal/workspaces", dependencies=[Depends(require_service)])


@router.get("/subscription", openapi_extra=public("account:read"))
async def get_subscription(
    workspace_id: CurrentWorkspace, work: Work, deps: Deps, response: Response
) -> Subscription:
    """Return the workspace's plan and what it allows."""
    subscriptions = SubscriptionService(work, deps.plans, deps.hashes)
    subscription, revision = await subscriptions.get(workspace_id)
    response.headers["ETag"] = entity_tag(revision)
    return subscription


@router.put("/subscription", openapi_extra=public("account:write"))
async def change_subscription(
    body: SubscriptionChange,
    workspace_id: CurrentWorkspace,
    principal: AdminPrincipal,
    precondition: IfMatch,
    work: Work,
    deps: Deps,
    response: Response,
) -> Subscription:
    """Put the workspace on another plan: for administrators; for all others billing decides."""
    subscriptions = SubscriptionService(work, deps.plans, deps.hashes)
    subscription, revision = await subscriptions.change(
        workspace_id, body, "admin", Actor.of(principal), precondition=precondition
    )
    response.headers["ETag"] = entity_tag(revision)
    return subscription


@router.post(
    "/billing/events",
    status_code=status.HTTP_204_NO_CONTENT,
    tags=["ops"],
    openapi_extra=public(None),
)
async def receive_billing_event(request: Request, deps: Deps) -> None:
    """Take an event of the billing system, signed as Standard Webhooks describe."""
    await take_billing_event(deps, request.headers, await request.body())


@internal.get("/{workspace_id}/allowances")
async def get_allowances(workspace_id: WorkspaceId, work: PersonalWork, deps: Deps) -> Plan:
    """Return what a workspace may use."""
    return await SubscriptionService(work, deps.plans, deps.hashes).allowances(workspace_id)
