"""Push messages through Expo's push service."""

import asyncio

import requests
from exponent_server_sdk import (
    DeviceNotRegisteredError,
    MessageTooBigError,
    PushClient,
    PushMessage,
    PushServerError,
    PushTicketError,
)
from pydantic import SecretStr

from notification_service.adapters.port import (
    Parcel,
    SendFailedError,
    SendRefusedError,
    TargetGoneError,
)


class ExpoPush:
    """Sends one push message to one device."""

    def __init__(self, api_url: str, access_token: SecretStr | None, timeout_s: float) -> None:
        session = requests.Session()
        session.headers.update({"accept": "application/json", "content-type": "application/json"})
        if access_token is not None:
            session.headers["Authorization"] = f"Bearer {access_token.get_secret_value()}"
        self._client = PushClient(host=api_url, session=session, timeout=timeout_s)

    async def send(self, parcel: Parcel) -> None:
        """Hand the message to Expo and look at the ticket it answers with."""
        message = PushMessage(
            to=parcel.target,
            title=parcel.message.subject,
            body=parcel.message.text,
            data=parcel.event.model_dump(mode="json", include={"id", "type"})
            if parcel.event
            else {},
        )
        try:
            ticket = await asyncio.to_thread(self._client.publish, message)
            ticket.validate_response()
        except DeviceNotRegisteredError as error:
            raise TargetGoneError("the device is not registered with Expo any more") from error
        except MessageTooBigError as error:
            raise SendRefusedError(f"Expo refused: {error}") from error
        except (PushTicketError, PushServerError, requests.RequestException, ValueError) as error:
            raise SendFailedError(f"Expo did not take it: {error}") from error
