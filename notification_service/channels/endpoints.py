"""``/notifications/channels`` and ``/push-tokens``: where the workspace is told of events."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response, status

from notification_service.channels.registering import register_channel
from notification_service.channels.service import KINDS, ChannelService
from notification_service.confirmations.verifying import verify_channel as take_code
from notification_service.contract.channels import (
    Channel,
    ChannelCreate,
    ChannelVerification,
    PushDevice,
    PushTokenCreate,
)
from notification_service.contract.deliveries import Delivery
from notification_service.deliveries.presenting import present_delivery
from notification_service.events.service import EventService
from notification_service.models import ChannelRow
from shared.http.access import public
from shared.http.dependencies import CurrentPrincipal, CurrentWorkspace, Cursors, Deps, Work
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, as_page
from shared.ids import ChannelId, public_id

router = APIRouter(prefix="/notifications/channels", tags=["notifications"])
push_tokens = APIRouter(prefix="/push-tokens", tags=["notifications"])


async def _service(work: Work) -> ChannelService:
    return ChannelService(work)


Channels = Annotated[ChannelService, Depends(_service)]


def _present(row: ChannelRow) -> Channel:
    return Channel.model_validate(row, from_attributes=True)


def _present_device(row: ChannelRow) -> PushDevice:
    return PushDevice(id=row.id, token=row.target, locale=row.locale, created_at=row.created_at)


@router.post("", status_code=status.HTTP_201_CREATED, openapi_extra=public("notify:write"))
async def create_channel(
    body: ChannelCreate,
    principal: CurrentPrincipal,
    workspace_id: CurrentWorkspace,
    deps: Deps,
    response: Response,
) -> Channel:
    """Add a mail address, a device or a telephone number.

    Addresses and numbers are sent a code, which `POST .../verify` takes, and nothing else before.
    The caller's own confirmed address needs none.
    """
    row = await register_channel(deps, principal, workspace_id, body)
    response.headers["Location"] = f"/notifications/channels/{public_id('ch', row.id)}"
    return _present(row)


@router.get("", openapi_extra=public("notify:read"))
async def list_channels(
    workspace_id: CurrentWorkspace,
    channels: Channels,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Channel]:
    """List the workspace's channels, newest first."""
    rows, following = await channels.list(workspace_id, KINDS, cursors, cursor, limit)
    return as_page(rows, following, _present)


@router.delete(
    "/{channel_id}", status_code=status.HTTP_204_NO_CONTENT, openapi_extra=public("notify:write")
)
async def delete_channel(
    channel_id: ChannelId, workspace_id: CurrentWorkspace, channels: Channels
) -> None:
    """Stop telling this channel, and forget it."""
    await channels.delete(workspace_id, channel_id)


@router.post("/{channel_id}/verify", openapi_extra=public("notify:write"))
async def verify_channel(
    channel_id: ChannelId, body: ChannelVerification, workspace_id: CurrentWorkspace, deps: Deps
) -> Channel:
    """Confirm a channel by the code that was sent there; five wrong ones void it."""
    return _present(await take_code(deps, workspace_id, channel_id, body))


@router.post(
    "/{channel_id}/test",
    status_code=status.HTTP_202_ACCEPTED,
    openapi_extra=public("notify:write", cost=5),
)
async def test_channel(
    channel_id: ChannelId, workspace_id: CurrentWorkspace, channels: Channels, work: Work
) -> Delivery:
    """Send a test. `GET /notifications/deliveries` tells what came of it."""
    channel = await channels.get_verified(workspace_id, channel_id)
    return present_delivery(await EventService(work).test(channel))


@push_tokens.post("", openapi_extra=public("notify:write"))
async def register_push_token(
    body: PushTokenCreate,
    principal: CurrentPrincipal,
    workspace_id: CurrentWorkspace,
    channels: Channels,
) -> PushDevice:
    """Register a device for push messages; again and again does no harm."""
    row = await channels.register_device(workspace_id, principal.user_id, body)
    return _present_device(row)


@push_tokens.get("", openapi_extra=public("notify:read"))
async def list_push_tokens(
    workspace_id: CurrentWorkspace,
    channels: Channels,
    cursors: Cursors,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[PushDevice]:
    """List the workspace's devices, newest first."""
    rows, following = await channels.list(workspace_id, {"push"}, cursors, cursor, limit)
    return as_page(rows, following, _present_device)
