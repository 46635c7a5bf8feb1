"""Streams of messages over the WebSocket; they outlive the connections that carry them."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from websockets.asyncio.client import ClientConnection as AsyncSocket
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection as Socket
from websockets.sync.client import connect

from naru_client.credentials import Credentials
from naru_client.errors import ConnectionFailedError, SignInRequiredError, StreamError
from naru_client.exchange import Renew
from naru_client.live import Conversation, News
from naru_client.retries import RetryPolicy
from naru_client.transport import AsyncTransport, Transport

_LOOK_S = 5.0  # how often a silent stream looks whether its token ends
_SILENT_S = 45.0  # the platform speaks every 15 s: a connection silent for three times that is dead
_OPEN_S = 10.0
_NO_TOKEN, _TOO_MANY, _TRY_LATER = 4401, 4429, 1013
_ENDED = {4400, 4404}
_STREAM_RETRIES = RetryPolicy(attempts=10, longest_wait_s=15.0)


@dataclass
class _Attempts:
    """Counts connections in a row that brought nothing."""

    failed: int = 0
    refused_token: str | None = None

    def wait_after(self, error: Exception) -> float:
        """Return the seconds until the next connection. Raises when there is to be none."""
        self.failed += 1
        code = error.rcvd.code if isinstance(error, ConnectionClosed) and error.rcvd else None
        if code in _ENDED:
            raise ConnectionFailedError(f"the stream was closed: {error}") from error
        wait_s = _STREAM_RETRIES.wait_before(self.failed + 1, None)
        if wait_s is None:
            raise ConnectionFailedError(f"the stream cannot be had: {error}") from error
        return _STREAM_RETRIES.longest_wait_s if code == _TOO_MANY else wait_s

    def check_token(self, error: StreamError, secret: str | None, credentials: Credentials) -> None:
        """Let a refused token pass if a new one may be had, once. Raises StreamError."""
        if not credentials.can_renew or self.refused_token is not None:
            raise error
        self.refused_token = secret

    def succeeded(self) -> None:
        """Begin to count anew."""
        self.failed, self.refused_token = 0, None


_BREAKS = (OSError, WebSocketException, TimeoutError, ssl.SSLError)
_REFUSED = {"token-invalid", "not-authenticated", "api-key-invalid"}


def _address(url: str) -> str:
    return url.replace("http", "ws", 1) + "/ws"


def _secret(credentials: Credentials) -> str:
    secret = credentials.secret
    if secret is None:
        raise SignInRequiredError("sign in, or use an API key")
    return secret


class Stream:
    """Messages of some channels, for a thread. Use it in a ``with`` block, or close it."""

    def __init__(
        self, transport: Transport, channels: Sequence[str], from_seq: int | None = None
    ) -> None:
        self._transport = transport
        self._talk = Conversation(channels, from_seq)
        self._attempts = _Attempts()
        self._socket: Socket | None = None
        self._connection = ExitStack()
        self._early: list[News] = []
        self._secret = ""
        self._closed = False

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[News]:
        while not self._closed:
            self.open()
            yield from self._take_early()
            try:
                for text in self._frames():
                    yield from self._hear(text)
            except _BREAKS as error:
                self._lose(error)

    def open(self) -> None:
        """Connect, and wait until all channels are followed. What happens from now on is heard.

        Raises StreamError, ConnectionFailedError, SignInRequiredError.
        """
        while self._socket is None and not self._closed:
            try:
                self._connect()
            except StreamError as error:
                self._drop()
                if error.code not in _REFUSED:
                    raise
                self._attempts.check_token(error, self._secret, self._transport.credentials)
                self._transport.renew(Renew(self._secret))
            except _BREAKS as error:
                self._lose(error)

    def close(self) -> None:
        """End the stream."""
        self._closed = True
        self._drop()

    def next_seq(self, channel: str) -> int | None:
        """Return the first message of a channel that has not been seen, to go on from later."""
        return self._talk.next_seq[channel]

    def _connect(self) -> None:
        self._renew_if_stale()
        self._secret = _secret(self._transport.credentials)
        address = _address(self._transport.url)
        self._socket = self._connection.enter_context(
            connect(address, open_timeout=_OPEN_S, proxy=None)
        )
        self._socket.send(self._talk.begin(self._secret))
        while not self._talk.is_ready:
            self._early += self._hear(self._socket.recv(timeout=_OPEN_S))
        self._attempts.succeeded()

    def _frames(self) -> Iterator[str | bytes]:
        heard_at = time.monotonic()
        while self._socket is not None:
            try:
                text = self._socket.recv(timeout=_LOOK_S)
            except TimeoutError:
                if time.monotonic() - heard_at > _SILENT_S:
                    raise
            else:
                heard_at = time.monotonic()
                yield text
            self._keep_signed_in()

    def _hear(self, text: str | bytes) -> list[News]:
        heard = self._talk.hear(text)
        for reply in heard.replies:
            if self._socket is not None:
                self._socket.send(reply)
        return list(heard.news)

    def _take_early(self) -> list[News]:
        early, self._early = self._early, []
        return early

    def _renew_if_stale(self) -> None:
        credentials = self._transport.credentials
        if credentials.can_renew and credentials.is_stale():
            self._transport.renew(Renew(credentials.secret))

    def _keep_signed_in(self) -> None:
        """Go on with a new token before the old one ends."""
        self._renew_if_stale()
        secret = self._transport.credentials.secret
        if self._socket is not None and secret is not None and secret != self._secret:
            self._secret = secret
            self._socket.send(self._talk.renew(secret))

    def _lose(self, error: Exception) -> None:
        self._drop()
        if not self._closed:
            self._transport.sleep(self._attempts.wait_after(error))

    def _drop(self) -> None:
        self._socket = None
        self._connection.close()


class AsyncStream:
    """Messages of some channels, for an event loop. Use it in an ``async with`` block."""

    def __init__(
        self, transport: AsyncTransport, channels: Sequence[str], from_seq: int | None = None
    ) -> None:
        self._transport = transport
        self._talk = Conversation(channels, from_seq)
        self._attempts = _Attempts()
        self._socket: AsyncSocket | None = None
        self._early: list[News] = []
        self._secret = ""
        self._closed = False

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def __aiter__(self) -> AsyncIterator[News]:
        while not self._closed:
            await self.open()
            early, self._early = self._early, []
            for news in early:
                yield news
            try:
                async for text in self._frames():
                    for news in await self._hear(text):
                        yield news
            except _BREAKS as error:
                await self._lose(error)

    async def open(self) -> None:
        """Connect, and wait until all channels are followed. What happens from now on is heard.

        Raises StreamError, ConnectionFailedError, SignInRequiredError.
        """
        while self._socket is None and not self._closed:
            try:
                await self._connect()
            except StreamError as error:
                await self._drop()
                if error.code not in _REFUSED:
                    raise
                self._attempts.check_token(error, self._secret, self._transport.credentials)
                await self._transport.renew(Renew(self._secret))
            except _BREAKS as error:
                await self._lose(error)

    async def close(self) -> None:
        """End the stream."""
        self._closed = True
        await self._drop()

    def next_seq(self, channel: str) -> int | None:
        """Return the first message of a channel that has not been seen, to go on from later."""
        return self._talk.next_seq[channel]

    async def _connect(self) -> None:
        await self._renew_if_stale()
        self._secret = _secret(self._transport.credentials)
        address = _address(self._transport.url)
        self._socket = await connect_async(address, open_timeout=_OPEN_S, proxy=None)
        await self._socket.send(self._talk.begin(self._secret))
        async with asyncio.timeout(_OPEN_S):
            while not self._talk.is_ready:
                self._early += await self._hear(await self._socket.recv())
        self._attempts.succeeded()

    async def _frames(self) -> AsyncIterator[str | bytes]:
        heard_at = time.monotonic()
        while self._socket is not None:
            try:
                async with asyncio.timeout(_LOOK_S):
                    text = await self._socket.recv()
            except TimeoutError:
                if time.monotonic() - heard_at > _SILENT_S:
                    raise
            else:
                heard_at = time.monotonic()
                yield text
            await self._keep_signed_in()

    async def _hear(self, text: str | bytes) -> list[News]:
        heard = self._talk.hear(text)
        for reply in heard.replies:
            if self._socket is not None:
                await self._socket.send(reply)
        return list(heard.news)

    async def _renew_if_stale(self) -> None:
        credentials = self._transport.credentials
        if credentials.can_renew and credentials.is_stale():
            await self._transport.renew(Renew(credentials.secret))

    async def _keep_signed_in(self) -> None:
        """Go on with a new token before the old one ends."""
        await self._renew_if_stale()
        secret = self._transport.credentials.secret
        if self._socket is not None and secret is not None and secret != self._secret:
            self._secret = secret
            await self._socket.send(self._talk.renew(secret))

    async def _lose(self, error: Exception) -> None:
        await self._drop()
        if not self._closed:
            await asyncio.sleep(self._attempts.wait_after(error))

    async def _drop(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()
