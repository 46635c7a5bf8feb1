"""Webhooks as Standard Webhooks describe them, to addresses that have been vetted."""

import asyncio
import socket
from ipaddress import ip_address

import httpx2
from standardwebhooks.webhooks import Webhook

from notification_service.adapters.port import (
    Parcel,
    SendFailedError,
    SendRefusedError,
    TargetGoneError,
)
from notification_service.domain.addresses import is_public
from shared.clock import utc_now

_MOST_ANSWER_BYTES = 64 * 1024


class WebhookSender:
    """Posts events. The name is resolved once, vetted, and that very address is dialled: a name
    server that changes its mind in between (DNS rebinding) gains nothing.
    """

    def __init__(self, http: httpx2.AsyncClient, *, private_hosts: bool) -> None:
        self._http = http
        self._private_hosts = private_hosts

    async def send(self, parcel: Parcel) -> None:
        """Post the event. Any 2xx is success; 410 means "never again"."""
        if parcel.event is None:
            raise SendRefusedError("webhooks carry events only")
        try:
            url = httpx2.URL(parcel.target)
            host = url.raw_host.decode("ascii")
        except httpx2.InvalidURL as error:
            raise SendRefusedError("this is not an address") from error
        address = await self._vetted_address(host, url.port or _default_port(url))
        body = parcel.event.model_dump_json()
        now = utc_now()
        signatures = (
            Webhook(secret).sign(parcel.delivery_id, now, body) for secret in parcel.secrets
        )
        headers = {
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": "Naru-Webhooks/1",
            "webhook-id": parcel.delivery_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
        try:
            async with self._http.stream(
                "POST",
                url.copy_with(host=address),
                content=body,
                headers=headers,
                follow_redirects=False,
                extensions={"sni_hostname": host},
            ) as response:
                await _drain(response)
        except httpx2.HTTPError as error:
            raise SendFailedError(f"{type(error).__name__}: {error}") from error
        if response.status_code == httpx2.codes.GONE:
            raise TargetGoneError("the receiver answered 410 Gone")
        if not response.is_success:
            raise SendFailedError(f"the receiver answered {response.status_code}")

    async def _vetted_address(self, host: str, port: int) -> str:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise SendFailedError(f"{host} cannot be resolved") from error
        addresses = [str(entry[4][0]) for entry in found]
        if not self._private_hosts and not all(is_public(ip_address(item)) for item in addresses):
            raise SendRefusedError(f"{host} is not a public address")
        return addresses[0]


def _default_port(url: httpx2.URL) -> int:
    return 443 if url.scheme == "https" else 80


async def _drain(response: httpx2.Response) -> None:
    """Read a little of the answer, so that the connection can be used again, and no more."""
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > _MOST_ANSWER_BYTES:
            return
