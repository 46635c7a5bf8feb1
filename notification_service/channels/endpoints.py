"""``/notifications/channels``: where the workspace is told of events."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, status

from notification_service.channels.service import KINDS, ChannelService
from notification_service.contract.channels import Channel, ChannelCreate
from notification_service.models import ChannelRow
from shared.http.access import public
from shared.http.dependencies import CurrentWorkspace, Cursors, Deps, Work
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, as_page
from shared.ids import ChannelId

router = APIRouter(prefix="/notifications/channels", tags=["notifications"])


async def _service(work: Work) -> ChannelService:
    return ChannelService(work)


Channels = Annotated[ChannelService, Depends(_service)]
Asked = Annotated[
    ChannelCreate,
    Body(
        examples=[
            {
                "kind": "email",
                "address": "me@example.com",
                "event_types": ["backtest.finished", "backtest.failed"],
            }
        ]
    ),
]


def _present(row: ChannelRow) -> Channel:
    return Channel.model_validate(row, from_attributes=True)


@router.post("", status_code=status.HTTP_201_CREATED, openapi_extra=public("notify:write"))
async def create_channel(
    body: Asked, workspace_id: CurrentWorkspace, channels: Channels, deps: Deps
) -> Channel:
    """Add a mail address, a device or a telephone number."""
    return _present(await channels.create(workspace_id, body, deps.senders))


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
