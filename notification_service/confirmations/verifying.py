"""Take a code: a wrong one is counted although the request fails."""

from uuid import UUID

from notification_service.channels.service import ChannelService
from notification_service.confirmations.service import ConfirmationService
from notification_service.contract.channels import ChannelVerification
from notification_service.contract.errors import ChannelCodeInvalidError
from notification_service.deps import NotificationDeps
from notification_service.models import ChannelRow


async def verify_channel(
    deps: NotificationDeps, workspace_id: UUID, channel_id: UUID, given: ChannelVerification
) -> ChannelRow:
    """Confirm a channel. Raises ChannelNotFoundError, ChannelCodeInvalidError."""
    async with deps.units_of_work(workspace_id) as work:
        row = await ChannelService(work).get(workspace_id, channel_id, lock=True)
        right = await ConfirmationService(work, deps.codes).take(row, given.code)
    if not right:
        raise ChannelCodeInvalidError
    return row
