"""Send a code to a new channel."""

from datetime import timedelta
from uuid import UUID

from notification_service.adapters.port import Parcel, SendRefusedError
from notification_service.channels.service import ChannelService
from notification_service.confirmations.service import ConfirmationService
from notification_service.deps import NotificationDeps
from notification_service.domain.messages import write_code
from notification_service.sending import send
from shared.ids import public_id
from shared.jobs.tasks import Task, task
from shared.logging import get_logger

log = get_logger(__name__)


@task("notification.send_code", timeout=timedelta(seconds=30), max_tries=6)
async def send_code(deps: NotificationDeps, confirmation_id: UUID) -> None:
    """Send the code, unless it is late or given already; run twice, the same code goes out."""
    async with deps.units_of_work() as work:
        row = await ConfirmationService(work, deps.codes).find_open(confirmation_id)
        channel = await ChannelService(work).find_any(row.channel_id) if row else None
    if row is None or channel is None or channel.verified:
        return
    parcel = Parcel(
        delivery_id=public_id("code", row.id),
        target=channel.target,
        message=write_code(deps.codes.spell(row.id), channel.locale),
    )
    try:
        await send(deps, channel.workspace_id, channel.kind, parcel)
    except SendRefusedError as error:
        log.warning("code.refused", channel_id=str(channel.id), reason=str(error))


TASKS: tuple[Task, ...] = (send_code,)
