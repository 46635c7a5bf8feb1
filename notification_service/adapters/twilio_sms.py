"""Text messages through Twilio."""

import asyncio
import logging
from typing import Any

import requests
from pydantic import SecretStr
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from notification_service.adapters.port import Parcel, SendFailedError, SendRefusedError

_TWILIO = "https://api.twilio.com"
_LONGEST_SMS = 320
_TOO_MANY, _SERVER = 429, 500


class _HttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's own client, pointed elsewhere when an address is configured."""

    def __init__(self, api_url: str | None, timeout_s: float) -> None:
        super().__init__(timeout=timeout_s)
        self._api_url = api_url

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Response:
        if self._api_url is not None and url.startswith(_TWILIO):
            url = self._api_url + url.removeprefix(_TWILIO)
        return super().request(method, url, *args, **options)


class TwilioSms:
    """Sends short texts; an event is told in its first characters."""

    def __init__(
        self,
        account_sid: str,
        auth_token: SecretStr,
        sender: str,
        api_url: str | None,
        timeout_s: float,
    ) -> None:
        # It logs whole messages at DEBUG; some hold codes.
        logging.getLogger("twilio").setLevel(logging.WARNING)
        http = _HttpClient(api_url, timeout_s)
        self._client = Client(account_sid, auth_token.get_secret_value(), http_client=http)
        self._sender = sender

    async def send(self, parcel: Parcel) -> None:
        """Hand the text to Twilio, which queues it."""
        text = f"{parcel.message.subject}\n{parcel.message.text}"[:_LONGEST_SMS]
        try:
            await asyncio.to_thread(
                self._client.messages.create, to=parcel.target, from_=self._sender, body=text
            )
        except TwilioRestException as error:
            if error.status == _TOO_MANY or error.status >= _SERVER:
                raise SendFailedError(f"Twilio answered {error.status}") from error
            raise SendRefusedError(f"Twilio refused: {error.code} {error.msg}") from error
        except requests.RequestException as error:
            raise SendFailedError(f"Twilio cannot be reached: {error}") from error
