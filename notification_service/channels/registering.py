"""Add a channel: what has to be asked of others first, and the code that goes out after."""

from uuid import UUID

from notification_service.channels.service import ChannelService
from notification_service.confirmations.service import ConfirmationService
from notification_service.contract.channels import ChannelCreate
from notification_service.contract.errors import ChannelLimitError, ChannelUnsupportedError
from notification_service.deps import NotificationDeps
from notification_service.models import ChannelRow
from shared.identity import Principal


async def register_channel(
    deps: NotificationDeps, principal: Principal, workspace_id: UUID, asked: ChannelCreate
) -> ChannelRow:
    """Add a channel; unless it is the caller's own confirmed address, or a device, send a code.

    Raises ChannelUnsupportedError, ChannelExistsError, ChannelLimitError, ConfirmationLimitError.
    """
    if asked.kind not in deps.senders:
        raise ChannelUnsupportedError.at(
            "/kind", "channel-unsupported", f"no provider for {asked.kind} is configured here"
        )
    if asked.kind == "sms" and not (await deps.auth.allowances(workspace_id)).sms_per_day:
        raise ChannelLimitError("the plan sends no text messages")
    verified = await _needs_no_code(deps, principal, asked)
    async with deps.units_of_work(workspace_id) as work:
        row = await ChannelService(work).create(
            workspace_id, principal.user_id, asked, verified=verified
        )
        if not verified:
            await ConfirmationService(work, deps.codes).request(row)
    return row


async def _needs_no_code(
    deps: NotificationDeps, principal: Principal, asked: ChannelCreate
) -> bool:
    if asked.kind == "push":  # the token itself proves that the app on the device asked for it
        return True
    if asked.kind != "email" or principal.user_id is None:
        return False
    user = await deps.auth.get_user(principal.user_id)
    return user.email_verified and user.email.casefold() == asked.address.casefold()
