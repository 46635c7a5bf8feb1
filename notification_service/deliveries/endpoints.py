"""``/notifications/deliveries`` and the dead letters among them."""

from typing import Annotated

from fastapi import APIRouter, Depends

from notification_service.contract.deliveries import Delivery, DeliveryStatus
from notification_service.deliveries.presenting import present_delivery
from notification_service.deliveries.service import DeliveryService
from notification_service.webhooks.service import WebhookService
from shared.http.access import public
from shared.http.dependencies import CurrentWorkspace, Cursors, Deps, Work
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, as_page
from shared.ids import DeliveryId, WebhookId

router = APIRouter(tags=["notifications"])


async def _service(work: Work) -> DeliveryService:
    return DeliveryService(work)


Deliveries = Annotated[DeliveryService, Depends(_service)]


@router.get("/notifications/deliveries", openapi_extra=public("notify:read"))
async def list_deliveries(
    workspace_id: CurrentWorkspace,
    deliveries: Deliveries,
    cursors: Cursors,
    status: DeliveryStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Delivery]:
    """List what was sent, or is still to be sent, newest first."""
    rows, following = await deliveries.list(
        workspace_id, status=status, cursors=cursors, cursor=cursor, limit=limit
    )
    return as_page(rows, following, present_delivery)


@router.get("/webhooks/{webhook_id}/deliveries", openapi_extra=public("notify:read"))
async def list_webhook_deliveries(
    webhook_id: WebhookId,
    workspace_id: CurrentWorkspace,
    work: Work,
    deliveries: Deliveries,
    cursors: Cursors,
    deps: Deps,
    status: DeliveryStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Delivery]:
    """List one webhook's deliveries, newest first."""
    private_hosts = deps.settings.webhook_private_hosts
    webhooks = WebhookService(work, deps.vault, private_hosts=private_hosts)
    await webhooks.get(workspace_id, webhook_id)
    rows, following = await deliveries.list(
        workspace_id,
        channel_id=webhook_id,
        status=status,
        cursors=cursors,
        cursor=cursor,
        limit=limit,
    )
    return as_page(rows, following, present_delivery)


@router.get("/notifications/dead-letters", openapi_extra=public("notify:read"))
async def list_dead_letters(
    workspace_id: CurrentWorkspace,
    deliveries: Deliveries,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Delivery]:
    """List deliveries that were given up."""
    rows, following = await deliveries.list(
        workspace_id, status="dead", cursors=cursors, cursor=cursor, limit=limit
    )
    return as_page(rows, following, present_delivery)


@router.post(
    "/notifications/dead-letters/{delivery_id}/requeue", openapi_extra=public("notify:write")
)
async def requeue_dead_letter(
    delivery_id: DeliveryId, workspace_id: CurrentWorkspace, deliveries: Deliveries
) -> Delivery:
    """Try a delivery again that was given up, as often as a new one."""
    return present_delivery(await deliveries.requeue(workspace_id, delivery_id))
