"""Register a webhook within what the plan allows."""

from uuid import UUID

from notification_service.contract.webhooks import WebhookCreate
from notification_service.deps import NotificationDeps
from notification_service.models import ChannelRow
from notification_service.webhooks.service import WebhookService


async def register_webhook(
    deps: NotificationDeps, workspace_id: UUID, asked: WebhookCreate
) -> tuple[ChannelRow, str]:
    """Register a webhook; return it with its secret.

    Raises WebhookLimitError, ChannelExistsError, InvalidInputError.
    """
    plan = await deps.auth.allowances(workspace_id)
    async with deps.units_of_work(workspace_id) as work:
        webhooks = WebhookService(
            work, deps.vault, private_hosts=deps.settings.webhook_private_hosts
        )
        return await webhooks.create(workspace_id, asked, most=plan.webhooks)
