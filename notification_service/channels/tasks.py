"""Give a new user a channel: mail to the address they registered with."""

from uuid import UUID

from notification_service.channels.service import ChannelService
from notification_service.contract.event_types import DEFAULT_MAIL
from notification_service.deps import NotificationDeps
from notification_service.domain.messages import known_locale
from notification_service.preferences.service import PreferenceService
from shared.errors import NotFoundError
from shared.jobs.tasks import Task, task


@task("notification.create_first_channel")
async def create_first_channel(deps: NotificationDeps, workspace_id: UUID, user_id: UUID) -> None:
    """Add the user's own address; run twice, it is there once."""
    try:
        user = await deps.auth.get_user(user_id)
    except NotFoundError:  # deleted in the meantime
        return
    locale = known_locale(user.locale)
    async with deps.units_of_work(workspace_id) as work:
        await ChannelService(work).add(
            workspace_id, "email", user.email, DEFAULT_MAIL, locale=locale
        )
        await PreferenceService(work).begin(workspace_id, locale)


TASKS: tuple[Task, ...] = (create_first_channel,)
