"""Request bodies: read whole with a limit and a deadline, or passed on with both."""

import asyncio
from time import monotonic

from starlette.types import Message, Receive

from gateway.edge.capacity import Share
from gateway.errors import RequestTimeoutError
from shared.errors import BadRequestError, ContentTooLargeError

_CLOSE = {"Connection": "close"}


class ClientGoneError(Exception):
    """The client has hung up; there is nobody left to answer."""


def too_large(limit: int) -> ContentTooLargeError:
    """Return the error for a body beyond ``limit`` bytes."""
    return ContentTooLargeError(f"the body may have {limit} bytes")


def check_declared_length(declared: bytes | None, limit: int) -> None:
    """Refuse a body before reading it. Raises ContentTooLargeError."""
    if declared is None:
        return
    if not declared.isdigit():
        raise BadRequestError("Content-Length is not a number", headers=_CLOSE)
    if int(declared[:20]) > limit:
        raise too_large(limit)


async def read_body(receive: Receive, limit: int, deadline_s: float, share: Share) -> bytes:
    """Return the whole body, which counts as part of the request's share.

    Raises ContentTooLargeError, RequestTimeoutError, ClientGoneError, OverloadedError.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(deadline_s):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGoneError
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > limit:
                    raise too_large(limit)
                share.hold(len(chunk))
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return b"".join(chunks)
    except TimeoutError as error:
        raise RequestTimeoutError(headers=_CLOSE) from error


class WholeBody:
    """Hands a body that was read to the service, and then whatever the client does next."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._message: Message | None = {"type": "http.request", "body": body, "more_body": False}
        self._receive = receive

    async def __call__(self) -> Message:
        """Behave as ASGI's ``receive``."""
        message, self._message = self._message, None
        return message or await self._receive()


class MeteredBody:
    """Passes a body on piece by piece; breaks off what is too large or too slow.

    The service sees a client that went away; ``problem`` tells the edge what to answer.
    """

    def __init__(self, receive: Receive, limit: int, idle_s: float, bytes_per_s: int) -> None:
        self._receive = receive
        self._limit = limit
        self._idle_s = idle_s
        self._bytes_per_s = bytes_per_s
        self._began = monotonic()
        self._size = 0
        self._complete = False
        self.problem: ContentTooLargeError | RequestTimeoutError | None = None

    async def __call__(self) -> Message:
        """Behave as ASGI's ``receive``."""
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout(self._patience_s()):
                message = await self._receive()  # at once, perhaps: then no timer has gone off
            if self._patience_s() < 0:
                raise TimeoutError
        except TimeoutError:
            self.problem = RequestTimeoutError(headers=_CLOSE)
            return {"type": "http.disconnect"}
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            self.problem = too_large(self._limit)
            return {"type": "http.disconnect"}
        self._complete = not message.get("more_body", False)
        return message

    def _patience_s(self) -> float:
        """Return how long to wait: a pause, and no longer than the slowest upload would take."""
        lasted = monotonic() - self._began
        return min(self._idle_s, self._idle_s + self._size / self._bytes_per_s - lasted)
