"""``/webhooks``: URLs to which events are posted."""

from typing import Annotated

from fastapi import APIRouter, Depends, status

from notification_service.channels.service import ChannelService
from notification_service.contract.webhooks import (
    Webhook,
    WebhookCreate,
    WebhookUpdate,
    WebhookWithSecret,
)
from notification_service.models import ChannelRow
from notification_service.webhooks.service import WebhookService
from shared.http.access import public
from shared.http.dependencies import CurrentWorkspace, Cursors, Deps, Work
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, as_page
from shared.ids import WebhookId

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


async def _service(work: Work, deps: Deps) -> WebhookService:
    return WebhookService(work, deps.vault)


Webhooks = Annotated[WebhookService, Depends(_service)]


def _present(row: ChannelRow) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.target,
        event_types=row.event_types,
        enabled=row.enabled,
        created_at=row.created_at,
    )


def _present_with_secret(row: ChannelRow, secret: str) -> WebhookWithSecret:
    return WebhookWithSecret(**_present(row).model_dump(mode="python"), secret=secret)


@router.post("", status_code=status.HTTP_201_CREATED, openapi_extra=public("notify:write"))
async def create_webhook(
    body: WebhookCreate, workspace_id: CurrentWorkspace, webhooks: Webhooks
) -> WebhookWithSecret:
    """Register a URL. The answer carries the signing secret, this once."""
    row, secret = await webhooks.create(workspace_id, body)
    return _present_with_secret(row, secret)


@router.get("", openapi_extra=public("notify:read"))
async def list_webhooks(
    workspace_id: CurrentWorkspace,
    work: Work,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Webhook]:
    """List the workspace's webhooks, newest first."""
    rows, following = await ChannelService(work).list(
        workspace_id, {"webhook"}, cursors, cursor, limit
    )
    return as_page(rows, following, _present)


@router.patch("/{webhook_id}", openapi_extra=public("notify:write"))
async def update_webhook(
    webhook_id: WebhookId, body: WebhookUpdate, workspace_id: CurrentWorkspace, webhooks: Webhooks
) -> Webhook:
    """Change a webhook's URL or event types, or switch it off and on."""
    return _present(await webhooks.update(workspace_id, webhook_id, body))


@router.delete(
    "/{webhook_id}", status_code=status.HTTP_204_NO_CONTENT, openapi_extra=public("notify:write")
)
async def delete_webhook(
    webhook_id: WebhookId, workspace_id: CurrentWorkspace, webhooks: Webhooks
) -> None:
    """Forget a webhook and its deliveries."""
    await webhooks.delete(workspace_id, webhook_id)


@router.post("/{webhook_id}/rotate-secret", openapi_extra=public("notify:write"))
async def rotate_webhook_secret(
    webhook_id: WebhookId, workspace_id: CurrentWorkspace, webhooks: Webhooks
) -> WebhookWithSecret:
    """Replace the signing secret; the old one is void at once."""
    row, secret = await webhooks.rotate_secret(workspace_id, webhook_id)
    return _present_with_secret(row, secret)
