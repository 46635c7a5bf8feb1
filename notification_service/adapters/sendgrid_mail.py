"""Mail through SendGrid's v3 API (its SDK is synchronous, so: in a thread)."""

import asyncio
import logging

from pydantic import SecretStr
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import ClickTracking, CustomArg, Mail, TrackingSettings

from notification_service.adapters.port import Parcel, SendFailedError, SendRefusedError

_REQUEST_TIMEOUT, _TOO_MANY, _SERVER = 408, 429, 500


class SendGridMail:
    """Sends mail as plain text and as a page."""

    def __init__(self, api_key: SecretStr, api_url: str, sender: str, timeout_s: float) -> None:
        # It logs whole mails and the key at DEBUG; mails hold links that open accounts.
        logging.getLogger("python_http_client").setLevel(logging.WARNING)
        self._api = SendGridAPIClient(api_key.get_secret_value(), host=api_url)
        self._api.client.timeout = timeout_s
        self._sender = sender

    async def send(self, parcel: Parcel) -> None:
        """Hand the mail to SendGrid, which answers 202 once it has taken it."""
        message = parcel.message
        mail = Mail(self._sender, parcel.target, message.subject, message.text, message.html)
        mail.add_custom_arg(CustomArg("delivery_id", parcel.delivery_id))
        # Tracking would lead links that open accounts through somebody else's server.
        mail.tracking_settings = TrackingSettings(click_tracking=ClickTracking(False, False))
        try:
            await asyncio.to_thread(self._api.send, mail)
        except HTTPError as error:
            status = int(error.status_code)
            if status in {_REQUEST_TIMEOUT, _TOO_MANY} or status >= _SERVER:
                raise SendFailedError(f"SendGrid answered {status}") from error
            raise SendRefusedError(f"SendGrid answered {status}") from error
        except OSError as error:
            raise SendFailedError(f"SendGrid cannot be reached: {error}") from error
