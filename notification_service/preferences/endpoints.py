"""``/notifications/preferences``."""

from fastapi import APIRouter, Response

from notification_service.contract.notifications import Preferences
from notification_service.models import PreferencesRow
from notification_service.preferences.service import PreferenceService
from shared.http.access import public
from shared.http.dependencies import CurrentWorkspace, Work
from shared.http.preconditions import IfMatch, entity_tag

router = APIRouter(prefix="/notifications/preferences", tags=["notifications"])


def _present(row: PreferencesRow, response: Response) -> Preferences:
    response.headers["ETag"] = entity_tag(row.revision)
    return Preferences.model_validate(
        {
            "inbox_event_types": row.inbox_event_types,
            "locale": row.locale,
            "quiet_hours": row.quiet_hours,
        }
    )


@router.get("", openapi_extra=public("notify:read"))
async def get_notification_preferences(
    workspace_id: CurrentWorkspace, work: Work, response: Response
) -> Preferences:
    """Read what the workspace's inbox shows, and when its devices stay silent."""
    return _present(await PreferenceService(work).get(workspace_id), response)


@router.put("", openapi_extra=public("notify:write"))
async def put_notification_preferences(
    body: Preferences,
    workspace_id: CurrentWorkspace,
    precondition: IfMatch,
    work: Work,
    response: Response,
) -> Preferences:
    """Replace the preferences. In quiet hours pushes and text messages wait for the end."""
    row = await PreferenceService(work).replace(workspace_id, body, precondition)
    return _present(row, response)
