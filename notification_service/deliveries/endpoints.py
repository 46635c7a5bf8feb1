"""``/notifications/deliveries`` and the dead letters among them."""

from typing import Annotated

from fastapi import APIRouter, Depends

from notification_service.contract.deliveries import Delivery, DeliveryStatus
from notification_service.deliveries.service import DeliveryService
from notification_service.models import DeliveryRow
from notification_service.webhooks.service import WebhookService
from shared.http.access import public
from shared.http.dependencies import CurrentWorkspace, Cursors, Deps, Work
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, as_page
from shared.ids import DeliveryId, WebhookId

router = APIRouter(tags=["notifications"])


async def _service(work: Work) -> DeliveryService:
    return DeliveryService(work)


Deliveries = Annotated[DeliveryService, Depends(_service)]


def _present(row: DeliveryRow) -> Delivery:
    return Delivery(
        id=row.id,
        event_id=row.event_id,
        event_type=row.event.type,
        channel_id=row.channel_id,
        channel_kind=row.channel.kind,
        status=row.status,
        attempts=row.attempts,
        error=row.error,
        created_at=row.created_at,
        delivered_at=row.delivered_at,
    )


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
    return as_page(rows, following, _present)


@router.get("/webhooks/{webhook_id}/deliveries", openapi_extra=public("notify:read"))
async def list_webhook_deliveries(
    webhook_id: WebhookId,
    workspace_id: CurrentWorkspace,
    work: Work,
    deliveries: Deliveries,
    cursors: Cursors,
    deps: Deps,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Delivery]:
    """List one webhook's deliveries, newest first."""
    await WebhookService(work, deps.vault).get(workspace_id, webhook_id)
    rows, following = await deliveries.list(
        workspace_id, channel_id=webhook_id, cursors=cursors, cursor=cursor, limit=limit
    )
    return as_page(rows, following, _present)


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
    return as_page(rows, following, _present)


@router.post(
    "/notifications/dead-letters/{delivery_id}/requeue", openapi_extra=public("notify:write")
)
async def requeue_dead_letter(
    delivery_id: DeliveryId, workspace_id: CurrentWorkspace, deliveries: Deliveries
) -> Delivery:
    """Try a delivery again that was given up."""
    return _present(await deliveries.requeue(workspace_id, delivery_id))
