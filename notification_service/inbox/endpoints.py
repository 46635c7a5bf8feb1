"""``/notifications``: the inbox of the workspace."""

from typing import Annotated

from fastapi import APIRouter, Query

from notification_service.contract.notifications import Notification
from notification_service.inbox.presenting import present_notification
from notification_service.inbox.service import InboxService
from notification_service.preferences.service import PreferenceService
from shared.http.access import public
from shared.http.dependencies import CurrentWorkspace, Cursors, Deps, Work
from shared.http.pages import DEFAULT_LIMIT, Cursor, ItemPage, Limit, as_page
from shared.ids import NotificationId

router = APIRouter(prefix="/notifications", tags=["notifications"])

Unread = Annotated[bool | None, Query(description="Only the unread ones, or only the others")]


@router.get("", openapi_extra=public("notify:read"))
async def list_notifications(
    workspace_id: CurrentWorkspace,
    work: Work,
    deps: Deps,
    cursors: Cursors,
    unread: Unread = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage[Notification]:
    """List the workspace's inbox, newest first, in the language of its preferences."""
    locale = (await PreferenceService(work).get(workspace_id)).locale
    rows, following = await InboxService(work).list(
        workspace_id, unread=unread, cursors=cursors, cursor=cursor, limit=limit
    )
    url = deps.settings.public_url
    return as_page(rows, following, lambda row: present_notification(row, locale, url))


@router.post("/{notification_id}/read", openapi_extra=public("notify:write"))
async def read_notification(
    notification_id: NotificationId, workspace_id: CurrentWorkspace, work: Work, deps: Deps
) -> Notification:
    """Mark a notification as read; it stays in the inbox."""
    row = await InboxService(work).mark_read(workspace_id, notification_id)
    locale = (await PreferenceService(work).get(workspace_id)).locale
    return present_notification(row, locale, deps.settings.public_url)
