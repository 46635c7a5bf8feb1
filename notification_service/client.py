"""The notification service, as the gateway and its GraphQL call it."""

from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from notification_service.contract.channels import Channel, ChannelCreate
from notification_service.contract.deliveries import Delivery, DeliveryStatus
from notification_service.contract.event_types import EventTypeDescription, PublicEvent
from notification_service.contract.notifications import Notification, Preferences
from notification_service.contract.webhooks import (
    SecretRotation,
    Webhook,
    WebhookCreate,
    WebhookReplay,
    WebhookReplayed,
    WebhookUpdate,
    WebhookWithSecret,
)
from shared.http.client import ServiceClient
from shared.http.pages import DEFAULT_LIMIT, ItemPage
from shared.identity import Principal
from shared.ids import public_id

_CHANNEL_CREATE: TypeAdapter[ChannelCreate] = TypeAdapter(ChannelCreate)


class NotificationClient(ServiceClient):
    """Channels, webhooks, events and the inbox. Every call acts for ``principal``."""

    async def list_webhooks(
        self, principal: Principal, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> ItemPage[Webhook]:
        """Return one page of the workspace's webhooks, newest first."""
        answer = await self._list("/webhooks", principal, cursor, limit)
        return ItemPage[Webhook].model_validate(answer)

    async def get_webhook(self, principal: Principal, webhook_id: UUID) -> Webhook:
        """Return one webhook. Raises WebhookNotFoundError."""
        return Webhook.model_validate(await self.call("GET", _webhook(webhook_id), principal))

    async def create_webhook(self, principal: Principal, body: WebhookCreate) -> WebhookWithSecret:
        """Register a URL. Raises WebhookLimitError, ChannelExistsError, InvalidInputError."""
        answer = await self.call("POST", "/webhooks", principal, body=body.model_dump(mode="json"))
        return WebhookWithSecret.model_validate(answer)

    async def update_webhook(
        self,
        principal: Principal,
        webhook_id: UUID,
        body: WebhookUpdate,
        *,
        if_match: str = "*",
    ) -> Webhook:
        """Change a webhook. Raises WebhookNotFoundError, PreconditionFailedError."""
        answer = await self.call(
            "PATCH",
            _webhook(webhook_id),
            principal,
            body=body.model_dump(mode="json", exclude_unset=True),
            headers={"If-Match": if_match},
        )
        return Webhook.model_validate(answer)

    async def delete_webhook(self, principal: Principal, webhook_id: UUID) -> None:
        """Forget a webhook and its deliveries. Raises WebhookNotFoundError."""
        await self.call("DELETE", _webhook(webhook_id), principal)

    async def rotate_webhook_secret(
        self, principal: Principal, webhook_id: UUID, body: SecretRotation
    ) -> WebhookWithSecret:
        """Give a webhook a new secret. Raises WebhookNotFoundError."""
        path = f"{_webhook(webhook_id)}/rotate-secret"
        answer = await self.call("POST", path, principal, body=body.model_dump(mode="json"))
        return WebhookWithSecret.model_validate(answer)

    async def test_webhook(self, principal: Principal, webhook_id: UUID) -> Delivery:
        """Send a test event. Raises WebhookNotFoundError, WebhookDisabledError."""
        answer = await self.call("POST", f"{_webhook(webhook_id)}/test", principal)
        return Delivery.model_validate(answer)

    async def replay_webhook(
        self, principal: Principal, webhook_id: UUID, body: WebhookReplay
    ) -> WebhookReplayed:
        """Send events again. Raises WebhookNotFoundError, WebhookDisabledError."""
        document = body.model_dump(mode="json", exclude_unset=True)
        answer = await self.call("POST", f"{_webhook(webhook_id)}/replay", principal, body=document)
        return WebhookReplayed.model_validate(answer)

    async def list_webhook_deliveries(
        self,
        principal: Principal,
        webhook_id: UUID,
        *,
        status: DeliveryStatus | None = None,
        cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> ItemPage[Delivery]:
        """Return one page of a webhook's deliveries. Raises WebhookNotFoundError."""
        path = f"{_webhook(webhook_id)}/deliveries"
        answer = await self._list(path, principal, cursor, limit, status=status)
        return ItemPage[Delivery].model_validate(answer)

    async def list_channels(
        self, principal: Principal, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> ItemPage[Channel]:
        """Return one page of the workspace's channels, newest first."""
        answer = await self._list("/notifications/channels", principal, cursor, limit)
        return ItemPage[Channel].model_validate(answer)

    async def create_channel(self, principal: Principal, body: ChannelCreate) -> Channel:
        """Add a channel. Raises ChannelExistsError, ChannelUnsupportedError, ChannelLimitError."""
        document = _CHANNEL_CREATE.dump_python(body, mode="json")
        answer = await self.call("POST", "/notifications/channels", principal, body=document)
        return Channel.model_validate(answer)

    async def verify_channel(self, principal: Principal, channel_id: UUID, code: str) -> Channel:
        """Confirm a channel by its code. Raises ChannelNotFoundError, ChannelCodeInvalidError."""
        path = f"{_channel(channel_id)}/verify"
        answer = await self.call("POST", path, principal, body={"code": code})
        return Channel.model_validate(answer)

    async def test_channel(self, principal: Principal, channel_id: UUID) -> Delivery:
        """Send a test event. Raises ChannelNotFoundError, ChannelNotVerifiedError."""
        answer = await self.call("POST", f"{_channel(channel_id)}/test", principal)
        return Delivery.model_validate(answer)

    async def delete_channel(self, principal: Principal, channel_id: UUID) -> None:
        """Forget a channel. Raises ChannelNotFoundError."""
        await self.call("DELETE", _channel(channel_id), principal)

    async def list_deliveries(
        self,
        principal: Principal,
        *,
        status: DeliveryStatus | None = None,
        cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> ItemPage[Delivery]:
        """Return one page of the workspace's deliveries, newest first."""
        path = "/notifications/deliveries"
        answer = await self._list(path, principal, cursor, limit, status=status)
        return ItemPage[Delivery].model_validate(answer)

    async def requeue_dead_letter(self, principal: Principal, delivery_id: UUID) -> Delivery:
        """Try a given-up delivery again. Raises DeliveryNotFoundError, DeliveryNotDeadError."""
        path = f"/notifications/dead-letters/{public_id('dlv', delivery_id)}/requeue"
        return Delivery.model_validate(await self.call("POST", path, principal))

    async def list_notifications(
        self,
        principal: Principal,
        *,
        unread: bool | None = None,
        cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> ItemPage[Notification]:
        """Return one page of the workspace's inbox, newest first."""
        answer = await self._list("/notifications", principal, cursor, limit, unread=unread)
        return ItemPage[Notification].model_validate(answer)

    async def read_notification(self, principal: Principal, notification_id: UUID) -> Notification:
        """Mark a notification as read; idempotent. Raises NotificationNotFoundError."""
        path = f"/notifications/{public_id('ntf', notification_id)}/read"
        return Notification.model_validate(
            await self.call("POST", path, principal, idempotent=True)
        )

    async def get_preferences(self, principal: Principal) -> Preferences:
        """Return what the workspace's inbox shows."""
        answer = await self.call("GET", "/notifications/preferences", principal)
        return Preferences.model_validate(answer)

    async def put_preferences(
        self, principal: Principal, body: Preferences, *, if_match: str = "*"
    ) -> Preferences:
        """Replace what the workspace's inbox shows. Raises PreconditionFailedError."""
        answer = await self.call(
            "PUT",
            "/notifications/preferences",
            principal,
            body=body.model_dump(mode="json"),
            headers={"If-Match": if_match},
        )
        return Preferences.model_validate(answer)

    async def list_event_types(self, principal: Principal) -> list[EventTypeDescription]:
        """Return the kinds of events that can be asked for."""
        answer = await self.call("GET", "/event-types", principal)
        return [EventTypeDescription.model_validate(item) for item in answer["items"]]

    async def list_events(
        self, principal: Principal, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> ItemPage[PublicEvent]:
        """Return one page of what has happened in the workspace, newest first."""
        answer = await self._list("/events", principal, cursor, limit)
        return ItemPage[PublicEvent].model_validate(answer)

    async def get_event(self, principal: Principal, event_id: UUID) -> PublicEvent:
        """Return one event. Raises EventNotFoundError."""
        path = f"/events/{public_id('evt', event_id)}"
        return PublicEvent.model_validate(await self.call("GET", path, principal))

    async def _list(
        self, path: str, principal: Principal, cursor: str | None, limit: int, **more: Any
    ) -> Any:
        params = {"cursor": cursor, "limit": limit, **more}
        return await self.call("GET", path, principal, params=params)


def _webhook(webhook_id: UUID) -> str:
    return f"/webhooks/{public_id('wh', webhook_id)}"


def _channel(channel_id: UUID) -> str:
    return f"/notifications/channels/{public_id('ch', channel_id)}"
