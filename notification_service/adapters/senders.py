"""Which sender takes which kind of channel, by the settings."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module

import httpx2

from notification_service.adapters.mail import MailFolder
from notification_service.adapters.port import Parcel, Sender
from notification_service.adapters.webhook import WebhookSender
from notification_service.models.channel import Kind
from notification_service.settings import NotificationSettings

Senders = Mapping[Kind, Sender]
"""Kinds that are missing here have no provider on this platform."""


@asynccontextmanager
async def open_senders(settings: NotificationSettings) -> AsyncIterator[Senders]:
    """Open the configured senders.

    The providers' SDKs are loaded on demand: together they weigh more than this service.
    """
    timeout = settings.send_timeout_s
    async with httpx2.AsyncClient(timeout=timeout, trust_env=False) as http:
        senders: dict[Kind, Sender] = {
            "webhook": WebhookSender(http, private_hosts=settings.webhook_private_hosts),
            "email": _mail(settings),
            "push": _OnFirstUse(
                "expo_push:ExpoPush", settings.expo_api_url, settings.expo_access_token, timeout
            ),
        }
        if settings.twilio_account_sid and settings.twilio_auth_token and settings.twilio_from:
            senders["sms"] = _OnFirstUse(
                "twilio_sms:TwilioSms",
                settings.twilio_account_sid,
                settings.twilio_auth_token,
                settings.twilio_from,
                settings.twilio_api_url,
                timeout,
            )
        yield senders


def _mail(settings: NotificationSettings) -> Sender:
    if settings.sendgrid_api_key is None:
        return MailFolder(settings.state_dir / "mail", settings.mail_from)
    return _OnFirstUse(
        "sendgrid_mail:SendGridMail",
        settings.sendgrid_api_key,
        settings.sendgrid_api_url,
        settings.mail_from,
        settings.send_timeout_s,
    )


class _OnFirstUse:
    """A sender whose module is loaded when it has something to send."""

    def __init__(self, place: str, *arguments: object) -> None:
        self._place = place
        self._arguments = arguments
        self._sender: Sender | None = None

    async def send(self, parcel: Parcel) -> None:
        """Load the sender if need be, and send."""
        if self._sender is None:
            module, _, name = self._place.partition(":")
            found = await asyncio.to_thread(
                import_module, f"notification_service.adapters.{module}"
            )
            self._sender = getattr(found, name)(*self._arguments)
        await self._sender.send(parcel)
