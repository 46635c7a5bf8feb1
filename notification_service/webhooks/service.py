"""What may happen to a webhook."""

import base64
import secrets
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import UUID

from notification_service.channels.repository import ChannelRepository
from notification_service.channels.service import ChannelService
from notification_service.contract.errors import (
    ChannelExistsError,
    WebhookDisabledError,
    WebhookLimitError,
    WebhookNotFoundError,
)
from notification_service.contract.webhooks import SecretRotation, WebhookCreate, WebhookUpdate
from notification_service.domain.addresses import is_public
from notification_service.models import ChannelRow
from shared.clock import utc_now
from shared.errors import InvalidInputError
from shared.http.preconditions import Precondition
from shared.ids import new_id
from shared.logging import get_logger
from shared.unit_of_work import UnitOfWork
from shared.vault import Vault

log = get_logger(__name__)

_SECRET_BYTES = 32


class WebhookService:
    """Decisions about webhooks, inside the caller's transaction.

    private_hosts   whether addresses inside the installation's own network are taken
    """

    def __init__(self, work: UnitOfWork, vault: Vault, *, private_hosts: bool) -> None:
        self._vault = vault
        self._private_hosts = private_hosts
        self._channels = ChannelRepository(work.session)
        self._service = ChannelService(work)

    async def create(
        self, workspace_id: UUID, asked: WebhookCreate, *, most: int
    ) -> tuple[ChannelRow, str]:
        """Register a webhook; return it with its secret, which is not shown again.

        Raises WebhookLimitError beyond ``most``, ChannelExistsError, InvalidInputError.
        """
        self._check_host(asked.url)
        if await self._channels.count(workspace_id, {"webhook"}) >= most:
            raise WebhookLimitError(f"the plan allows {most} webhooks")
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

    async def get_enabled(self, workspace_id: UUID, webhook_id: UUID) -> ChannelRow:
        """Return a webhook that can be sent something. Raises WebhookDisabledError."""
        row = await self.get(workspace_id, webhook_id)
        if not row.enabled:
            raise WebhookDisabledError
        return row

    async def update(
        self,
        workspace_id: UUID,
        webhook_id: UUID,
        asked: WebhookUpdate,
        precondition: Precondition,
    ) -> ChannelRow:
        """Change the fields that were named.

        Raises WebhookNotFoundError, PreconditionFailedError, ChannelExistsError, InvalidInputError.
        """
        row = await self.get(workspace_id, webhook_id, lock=True)
        precondition.check(row.revision)
        if asked.url is not None and asked.url != row.target:
            self._check_host(asked.url)
            if await self._channels.find_target(workspace_id, "webhook", asked.url):
                raise ChannelExistsError
            row.target = asked.url
        if asked.event_types is not None:
            row.event_types = sorted(set(asked.event_types))
        if asked.enabled is not None:
            row.enabled = asked.enabled
            row.failing_since = row.disabled_reason = None
        row.revision += 1
        return row

    async def rotate_secret(
        self, workspace_id: UUID, webhook_id: UUID, asked: SecretRotation
    ) -> tuple[ChannelRow, str]:
        """Give the webhook a new secret; the old one signs beside it for a while."""
        row, secret = await self.get(workspace_id, webhook_id, lock=True), _new_secret()
        overlap = timedelta(seconds=asked.overlap_s)
        row.previous_secret = row.secret if overlap else None
        row.previous_secret_expires_at = utc_now() + overlap if overlap else None
        row.secret = seal_secret(self._vault, workspace_id, webhook_id, secret)
        row.revision += 1
        log.info("webhook.secret_rotated", webhook_id=str(webhook_id))
        return row, secret

    async def delete(self, workspace_id: UUID, webhook_id: UUID) -> None:
        """Delete a webhook and its deliveries."""
        await self._channels.delete(await self.get(workspace_id, webhook_id, lock=True))
        log.info("webhook.deleted", webhook_id=str(webhook_id))

    def _check_host(self, url: str) -> None:
        """Refuse numeric addresses that lead inside; names are looked up when they are dialled."""
        host = urlsplit(url).hostname or ""
        try:
            address = ip_address(host)
        except ValueError:
            inside = host == "localhost" or host.endswith(".localhost")
        else:
            inside = not is_public(address)
        if inside and not self._private_hosts:
            raise InvalidInputError.at(
                "/url",
                "address-not-public",
                "webhooks go to addresses on the public internet, unless the platform is started"
                " with NOTIFICATION_WEBHOOK_PRIVATE_HOSTS=true",
            )


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def seal_secret(vault: Vault, workspace_id: UUID, channel_id: UUID, secret: str) -> bytes:
    """Encrypt a signing secret for its row."""
    return vault.seal(secret.encode(), *secret_place(workspace_id, channel_id))


def secret_place(workspace_id: UUID, channel_id: UUID) -> tuple[str, ...]:
    """Return what a signing secret is sealed for; see ``shared.vault``."""
    return "webhook-secret", workspace_id.hex, channel_id.hex


def signing_secrets(vault: Vault, row: ChannelRow, now: datetime) -> tuple[str, ...]:
    """Decrypt the secrets that sign now, the newest first; none for channels that sign nothing."""
    expires_at = row.previous_secret_expires_at
    overlapping = row.previous_secret if expires_at is not None and now < expires_at else None
    return tuple(
        vault.open(sealed, *secret_place(row.workspace_id, row.id)).decode()
        for sealed in (row.secret, overlapping)
        if sealed is not None
    )
