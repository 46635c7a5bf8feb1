"""A service in another process, reached over HTTP."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import httpx2
import orjson
import stamina
from starlette.types import Message, Receive, Scope, Send

from gateway.backends.port import Backend
from shared.errors import DeadlineExceededError, UnavailableError
from shared.http.breaker import CircuitOpenError

_CONNECT_S = 2.0
_DOCUMENT_S = 5.0
_ATTEMPTS = 3
_REPEATABLE = {"GET", "HEAD"}
_RETRY_AFTER = {"Retry-After": "1"}
_HOP_BY_HOP = {
    b"connection",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
_NOT_FORWARDED = _HOP_BY_HOP | {b"host", b"expect"}


class _ClientGoneError(Exception):
    """The body broke off before its end."""


def remote_backend(name: str, http: httpx2.AsyncClient, answer_deadline_s: float) -> Backend:
    """Return the backend of a service behind ``http``; the client is the caller's to close."""

    async def document() -> dict[str, Any]:
        try:
            response = await http.get("/openapi.json", timeout=_DOCUMENT_S)
            response.raise_for_status()
            loaded: dict[str, Any] = orjson.loads(response.content)
        except (httpx2.HTTPError, orjson.JSONDecodeError) as error:
            raise UnavailableError(f"{name} does not answer") from error
        return loaded

    return Backend(name, _RemoteApp(name, http, answer_deadline_s), document)


class _RemoteApp:
    """Streams a request to a service and its answer back, without looking into either."""

    def __init__(self, name: str, http: httpx2.AsyncClient, answer_deadline_s: float) -> None:
        self._name = name
        self._http = http
        self._timeout = httpx2.Timeout(answer_deadline_s, connect=_CONNECT_S)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Behave as the service's own ASGI app would."""
        try:
            response = await self._send_request(scope, receive)
        except httpx2.TimeoutException as error:
            raise DeadlineExceededError from error
        except httpx2.TransportError as error:
            raise UnavailableError(
                f"the {self._name} service cannot be reached just now; try again in a moment",
                headers=_RETRY_AFTER,
            ) from error
        except _ClientGoneError:
            return
        await _relay(response, send)

    async def _send_request(self, scope: Scope, receive: Receive) -> httpx2.Response:
        has_body = scope["method"] not in _REPEATABLE
        request = self._http.build_request(
            scope["method"],
            httpx2.URL(raw_path=_target(scope)),
            headers=[pair for pair in scope["headers"] if pair[0] not in _NOT_FORWARDED],
            content=_read(receive) if has_body else None,
            timeout=self._timeout,
        )
        async for attempt in stamina.retry_context(
            on=_may_help, attempts=1 if has_body else _ATTEMPTS, wait_initial=0.02, wait_max=0.2
        ):
            with attempt:
                response = await self._http.send(request, stream=True)
        return response


def _may_help(error: Exception) -> bool:
    """Tell whether to read again from a service that restarts, or has closed a connection."""
    broken = isinstance(error, httpx2.ConnectError | httpx2.ReadError | httpx2.RemoteProtocolError)
    return broken and not isinstance(error, CircuitOpenError)


def _target(scope: Scope) -> bytes:
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return raw_path + b"?" + query if query else raw_path


async def _read(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise _ClientGoneError
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


async def _relay(response: httpx2.Response, send: Send) -> None:
    headers = [
        (name.lower(), value)
        for name, value in response.headers.raw
        if name.lower() not in _HOP_BY_HOP
    ]
    try:
        await send(
            {"type": "http.response.start", "status": response.status_code, "headers": headers}
        )
        async with aclosing(response.aiter_raw()) as chunks:
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        await response.aclose()
