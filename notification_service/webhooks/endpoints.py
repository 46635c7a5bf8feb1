"""``/webhooks``: URLs to which events are posted."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response, status

from notification_service.channels.service import ChannelService
from notification_service.contract.deliveries import Delivery
from notification_service.contract.webhooks import (
    SecretRotation,
    Webhook,
    WebhookCreate,
    WebhookReplay,
    WebhookReplayed,
    WebhookUpdate,
    WebhookWithSecret,
)
from notification_service.deliveries.presenting import present_delivery
from notification_service.events.service import EventService
from notification_service.models import ChannelRow
from notification_service.webhooks.registering import register_webhook
from notification_service.webhooks.replaying import WebhookReplaying
from notification_service.webhooks.service import WebhookService
from shared.http.access import public
from shared.http.dependencies import CurrentWorkspace, Cursors, Deps, Work
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, as_page
from shared.http.preconditions import IfMatch, entity_tag
from shared.ids import WebhookId, public_id

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


async def _service(work: Work, deps: Deps) -> WebhookService:
    return WebhookService(work, deps.vault, private_hosts=deps.settings.webhook_private_hosts)


Webhooks = Annotated[WebhookService, Depends(_service)]
_OVERLAP = SecretRotation()


def _present(row: ChannelRow) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.target,
        event_types=row.event_types,
        enabled=row.enabled,
        disabled_reason=row.disabled_reason,
        failing_since=row.failing_since,
        previous_secret_expires_at=row.previous_secret_expires_at,
        created_at=row.created_at,
    )


def _present_tagged(row: ChannelRow, response: Response) -> Webhook:
    response.headers["ETag"] = entity_tag(row.revision)
    return _present(row)


def _present_with_secret(row: ChannelRow, secret: str, response: Response) -> WebhookWithSecret:
    shown = _present_tagged(row, response)
    return WebhookWithSecret(**shown.model_dump(mode="python"), secret=secret)


@router.post("", status_code=status.HTTP_201_CREATED, openapi_extra=public("notify:write"))
async def create_webhook(
    body: WebhookCreate, workspace_id: CurrentWorkspace, deps: Deps, response: Response
) -> WebhookWithSecret:
    """Register a URL. The answer carries the signing secret, this once.

    The plan says how many webhooks there may be.
    """
    row, secret = await register_webhook(deps, workspace_id, body)
    response.headers["Location"] = f"/webhooks/{public_id('wh', row.id)}"
    return _present_with_secret(row, secret, response)


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


@router.get("/{webhook_id}", openapi_extra=public("notify:read"))
async def get_webhook(
    webhook_id: WebhookId, workspace_id: CurrentWorkspace, webhooks: Webhooks, response: Response
) -> Webhook:
    """Read one webhook. Its `ETag` is what a change must name in `If-Match`."""
    return _present_tagged(await webhooks.get(workspace_id, webhook_id), response)


@router.patch("/{webhook_id}", openapi_extra=public("notify:write"))
async def update_webhook(
    webhook_id: WebhookId,
    body: WebhookUpdate,
    workspace_id: CurrentWorkspace,
    precondition: IfMatch,
    webhooks: Webhooks,
    response: Response,
) -> Webhook:
    """Change a webhook's URL or event types, or switch it off and on."""
    row = await webhooks.update(workspace_id, webhook_id, body, precondition)
    return _present_tagged(row, response)


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
    webhook_id: WebhookId,
    workspace_id: CurrentWorkspace,
    webhooks: Webhooks,
    response: Response,
    body: Annotated[SecretRotation, Body()] = _OVERLAP,
) -> WebhookWithSecret:
    """Give a webhook a new signing secret.

    For `overlap_s` seconds deliveries carry the signatures of both secrets, so that the receiver
    can change over without losing any.
    """
    row, secret = await webhooks.rotate_secret(workspace_id, webhook_id, body)
    return _present_with_secret(row, secret, response)


@router.post(
    "/{webhook_id}/test",
    status_code=status.HTTP_202_ACCEPTED,
    openapi_extra=public("notify:write"),
)
async def test_webhook(
    webhook_id: WebhookId, workspace_id: CurrentWorkspace, webhooks: Webhooks, work: Work
) -> Delivery:
    """Post an event of type `notification.test`. `GET .../deliveries` tells what came of it."""
    webhook = await webhooks.get_enabled(workspace_id, webhook_id)
    return present_delivery(await EventService(work).test(webhook))


@router.post(
    "/{webhook_id}/replay",
    status_code=status.HTTP_202_ACCEPTED,
    openapi_extra=public("notify:write", cost=5),
)
async def replay_webhook(
    webhook_id: WebhookId,
    body: WebhookReplay,
    workspace_id: CurrentWorkspace,
    webhooks: Webhooks,
    work: Work,
) -> WebhookReplayed:
    """Post events again that the receiver has missed, under the delivery ids that they had.

    A span of time brings the first 200 events of the types that the webhook asks for.
    """
    webhook = await webhooks.get_enabled(workspace_id, webhook_id)
    return await WebhookReplaying(work).replay(workspace_id, webhook, body)
