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
    """Add the user's own address; run twice, it is there once.

    Nothing is sent to an address that its holder has not confirmed: it might be somebody else's.
    Where no provider takes mail it only goes to a folder of the host's own.
    """
    try:
        user = await deps.auth.get_user(user_id)
    except NotFoundError:  # deleted in the meantime
        return
    locale = known_locale(user.locale)
    async with deps.units_of_work(workspace_id) as work:
        await ChannelService(work).add(
            workspace_id,
            "email",
            user.email,
            DEFAULT_MAIL,
            user_id=user_id,
            locale=locale,
            verified=user.email_verified or deps.settings.sendgrid_api_key is None,
        )
        await PreferenceService(work).begin(workspace_id, locale)


@task("notification.confirm_own_channel")
async def confirm_own_channel(deps: NotificationDeps, workspace_id: UUID, user_id: UUID) -> None:
    """Let mail go to an address that has just been confirmed as its user's."""
    try:
        user = await deps.auth.get_user(user_id)
    except NotFoundError:  # deleted in the meantime
        return
    async with deps.units_of_work(workspace_id) as work:
        if user.email_verified:
            await ChannelService(work).confirm_address(workspace_id, user.email)


TASKS: tuple[Task, ...] = (create_first_channel, confirm_own_channel)
