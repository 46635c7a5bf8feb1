"""The notification service's environment: ``NOTIFICATION_*``, or ``NARU_*`` where shared."""

from typing import ClassVar

from pydantic import SecretStr

from shared.settings import PlatformSettings


class NotificationSettings(PlatformSettings):
    """See PlatformSettings.

    sendgrid_api_key         without it, mail is written to ``state_dir/mail``
    mail_from                sender of all mail
    expo_access_token        optional: Expo takes pushes without one unless the project forbids it
    twilio_account_sid, twilio_auth_token, twilio_from   without them, SMS channels are refused
    *_api_url                where the provider listens; tests point it at a server of their own
    webhook_private_hosts    allow webhooks to private addresses (a self-hosted platform may)
    """

    service: ClassVar[str] = "notification"

    sendgrid_api_key: SecretStr | None = None
    sendgrid_api_url: str = "https://api.sendgrid.com"
    mail_from: str = "naru@localhost.localdomain"
    expo_access_token: SecretStr | None = None
    expo_api_url: str = "https://exp.host"
    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_from: str | None = None
    twilio_api_url: str | None = None
    webhook_private_hosts: bool = False
    send_timeout_s: float = 10.0
