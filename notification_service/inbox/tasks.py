"""Tell those who are watching what has come into the inbox."""

from uuid import UUID

from notification_service.deps import NotificationDeps
from notification_service.inbox.presenting import present_notification
from notification_service.inbox.service import InboxService
from notification_service.preferences.service import PreferenceService
from shared.jobs.tasks import Task, task

LIVE_CHANNEL = "notifications"


@task("notification.publish_notification")
async def publish_notification(deps: NotificationDeps, notification_id: UUID) -> None:
    """Publish to the live channel; watchers may see a notification twice, under the same id."""
    async with deps.units_of_work() as work:
        row = await InboxService(work).find(notification_id)
        if row is None:  # its workspace has been erased
            return
        preferences = await PreferenceService(work).get(row.workspace_id)
    shown = present_notification(row, preferences.locale, deps.settings.public_url)
    await deps.streams.publish(row.workspace_id, LIVE_CHANNEL, shown.model_dump(mode="json"))


TASKS: tuple[Task, ...] = (publish_notification,)
