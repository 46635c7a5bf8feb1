"""What may happen to a webhook."""

import base64
import secrets
from uuid import UUID

from notification_service.channels.repository import ChannelRepository
from notification_service.channels.service import ChannelService
from notification_service.contract.webhooks import WebhookCreate, WebhookUpdate
from notification_service.contract.errors import ChannelExistsError, WebhookNotFoundError
from notification_service.models import ChannelRow
from shared.ids import new_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork
from shared.vault import Vault

log = get_logger(__name__)

_SECRET_BYTES = 32


class WebhookService:
    """Decisions about webhooks, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork, vault: Vault) -> None:
        self._vault = vault
        self._channels = ChannelRepository(work.session)
        self._service = ChannelService(work)

    async def create(self, workspace_id: UUID, asked: WebhookCreate) -> tuple[ChannelRow, str]:
        """Register a webhook; return it with its secret, which is not shown again."""
        webhook_id, secret = new_id(), _new_secret()
        row = await self._service.add(
            workspace_id,
            "webhook",
            asked.url,
            asked.event_types,
            channel_id=webhook_id,
            secret=seal_secret(self._vault, workspace_id, webhook_id, secret),
        )
        if row is None:
            raise ChannelExistsError
        return row, secret

    async def get(self, workspace_id: UUID, webhook_id: UUID, *, lock: bool = False) -> ChannelRow:
        """Return one webhook. Raises WebhookNotFoundError."""
        row = await self._channels.find(workspace_id, webhook_id, {"webhook"}, lock=lock)
        if row is None:
            raise WebhookNotFoundError
        return row

    async def update(
        self, workspace_id: UUID, webhook_id: UUID, asked: WebhookUpdate
    ) -> ChannelRow:
        """Change the fields that were named."""
        row = await self.get(workspace_id, webhook_id, lock=True)
        if asked.url is not None:
            row.target = asked.url
        if asked.event_types is not None:
            row.event_types = sorted(set(asked.event_types))
        if asked.enabled is not None:
            row.enabled = asked.enabled
        return row

    async def rotate_secret(self, workspace_id: UUID, webhook_id: UUID) -> tuple[ChannelRow, str]:
        """Replace the secret; return the webhook with the new one."""
        row, secret = await self.get(workspace_id, webhook_id, lock=True), _new_secret()
        row.secret = seal_secret(self._vault, workspace_id, webhook_id, secret)
        log.info("webhook.secret_rotated", webhook_id=str(webhook_id))
        return row, secret

    async def delete(self, workspace_id: UUID, webhook_id: UUID) -> None:
        """Delete a webhook and its deliveries."""
        await self._channels.delete(await self.get(workspace_id, webhook_id, lock=True))
        log.info("webhook.deleted", webhook_id=str(webhook_id))


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def seal_secret(vault: Vault, workspace_id: UUID, channel_id: UUID, secret: str) -> bytes:
    """Encrypt a signing secret for its row."""
    return vault.seal(secret.encode(), "webhook-secret", workspace_id.hex, channel_id.hex)


def open_secret(vault: Vault, row: ChannelRow) -> str:
    """Decrypt a row's signing secret; empty for channels that sign nothing."""
    if row.secret is None:
        return ""
    return vault.open(row.secret, "webhook-secret", row.workspace_id.hex, row.id.hex).decode()
