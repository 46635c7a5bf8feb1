"""One WebSocket connection: sign in, subscribe, listen."""

import asyncio
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from gateway.edge.authentication import Callers
from gateway.edge.policies import RatePolicies, subject_of
from gateway.edge.rate_limits import RateLimiter
from gateway.edge.strict_json import parse_json
from gateway.live.channels import open_channel
from gateway.live.feed import Feed
from gateway.live.hub import Hub
from shared.clock import utc_now
from shared.errors import (
    BadRequestError,
    ConflictError,
    InvalidInputError,
    NotAuthenticatedError,
    PlatformError,
    RateLimitedError,
)
from shared.http.problems import field_problems, problem_document
from shared.identity import Principal

_SIGN_IN_S = 10.0
_HEARTBEAT_S = 15.0
_MOST_CHANNELS = 50
_LARGEST_FRAME = 16 * 1024
_NORMAL, _BAD_FRAME, _SIGN_IN, _TOO_MANY = 1000, 4400, 4401, 4429


class SocketFrame(BaseModel):
    """What a client may say.

    op        ``auth`` with ``token``; ``subscribe`` or ``unsubscribe`` with ``ch``; ``ping``
    from_seq  the first message wanted; left out: only what happens from now on
    """

    model_config = ConfigDict(extra="forbid")

    op: str = Field(pattern="^(auth|subscribe|unsubscribe|ping|pong)$")
    token: str | None = Field(default=None, max_length=8192)
    ch: str | None = Field(default=None, max_length=128)
    from_seq: int | None = Field(default=None, ge=1, le=2**53)


class _CloseError(Exception):
    """End the connection with a code of ours."""

    def __init__(self, code: int, error: PlatformError) -> None:
        super().__init__(error.detail)
        self.code = code
        self.error = error


class Socket:
    """Speaks the protocol of ``/ws`` over one connection."""

    def __init__(
        self,
        websocket: WebSocket,
        callers: Callers,
        limiter: RateLimiter,
        policies: RatePolicies,
        hub: Hub,
    ) -> None:
        self._websocket = websocket
        self._callers = callers
        self._limiter = limiter
        self._policies = policies
        self._hub = hub
        self._feeds: dict[str, Feed] = {}
        self._news = asyncio.Event()
        self._token = ""
        self._principal: Principal | None = None
        self._address = websocket.client.host if websocket.client else None

    async def run(self) -> None:
        """Serve the connection until either side ends it."""
        await self._websocket.accept()
        try:
            await self._sign_in()
            async with asyncio.TaskGroup() as tasks:
                talk = [tasks.create_task(part) for part in (self._send_news(), self._beat())]
                await self._listen()
                for task in talk:
                    task.cancel()
        except* WebSocketDisconnect:
            pass  # the client has left; nobody is there to be told
        except* _CloseError as group:
            await self._close(group)
        finally:
            for feed in self._feeds.values():
                await feed.stop()

    async def _close(self, group: BaseExceptionGroup[_CloseError]) -> None:
        error = group.exceptions[0]
        if isinstance(error, _CloseError) and self._is_open():
            await self._say_error(error.error)
            await self._websocket.close(error.code, error.error.code)

    def _is_open(self) -> bool:
        return self._websocket.application_state is WebSocketState.CONNECTED

    async def _sign_in(self) -> None:
        try:
            async with asyncio.timeout(_SIGN_IN_S):
                frame = await self._hear()
        except TimeoutError as error:
            raise _CloseError(_SIGN_IN, NotAuthenticatedError("no auth frame came")) from error
        except PlatformError as error:
            raise _CloseError(_BAD_FRAME, error) from error
        if frame.op != "auth":
            raise _CloseError(_SIGN_IN, NotAuthenticatedError("the first frame must be auth"))
        await self._authenticate(frame)
        await self._count()

    async def _authenticate(self, frame: SocketFrame) -> None:
        """Take a token; a later one renews the connection for the same workspace."""
        token = frame.token or ""
        try:
            principal = await self._callers.verify(token, self._address)
        except NotAuthenticatedError as error:
            raise _CloseError(_SIGN_IN, error) from error
        before = self._principal
        if before is not None and before.workspace_id != principal.workspace_id:
            raise _CloseError(_SIGN_IN, NotAuthenticatedError("renew as the same user"))
        self._token, self._principal = token, principal
        await self._say({"op": "authenticated", "ts": utc_now()})

    async def _count(self) -> None:
        principal = self._signed_in()
        allowance = await self._limiter.take(
            subject_of(principal), self._policies.of(principal), cost=1
        )
        if not allowance.allowed:
            raise _CloseError(_TOO_MANY, RateLimitedError(retry_after=allowance.retry_after_s))

    def _signed_in(self) -> Principal:
        if self._principal is None:
            raise _CloseError(_SIGN_IN, NotAuthenticatedError())
        return self._principal

    async def _hear(self) -> SocketFrame:
        """Return the client's next frame. Raises PlatformError for one that makes no sense."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or _NORMAL)
        text = message.get("text")
        if text is None:
            raise BadRequestError("send text frames")
        if len(text) > _LARGEST_FRAME:
            raise BadRequestError(f"a frame may have {_LARGEST_FRAME} characters")
        try:
            return SocketFrame.model_validate(parse_json(text.encode()))
        except UnicodeEncodeError as error:
            raise BadRequestError("the frame holds lone surrogates") from error
        except ValidationError as error:
            raise InvalidInputError(errors=field_problems(error.errors())) from error

    async def _listen(self) -> None:
        while True:
            frame: SocketFrame | None = None
            try:
                frame = await self._hear()
                await self._do(frame)
            except PlatformError as error:
                await self._say_error(error, frame.ch if frame else None)

    async def _do(self, frame: SocketFrame) -> None:
        if frame.op == "auth":
            await self._authenticate(frame)
        elif frame.op == "subscribe":
            await self._subscribe(frame.ch or "", frame.from_seq)
        elif frame.op == "unsubscribe":
            await self._unsubscribe(frame.ch or "")
        elif frame.op == "ping":
            await self._say({"op": "pong", "ts": utc_now()})

    async def _subscribe(self, name: str, from_seq: int | None) -> None:
        if len(self._feeds) >= _MOST_CHANNELS and name not in self._feeds:
            raise ConflictError(f"a connection may follow {_MOST_CHANNELS} channels")
        channel = open_channel(name, self._signed_in())
        await self._unsubscribe(name)
        feed = Feed(channel, self._hub, self._news.set)
        next_seq = await feed.start(from_seq)
        kind = "subscribed" if from_seq is None else "resume"
        await self._say({"op": kind, "ch": name, "seq": next_seq})
        self._feeds[name] = feed
        self._news.set()

    async def _unsubscribe(self, name: str) -> None:
        feed = self._feeds.pop(name, None)
        if feed is not None:
            await feed.stop()

    async def _send_news(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            for feed in list(self._feeds.values()):
                async for frame in feed.frames():
                    await self._websocket.send_text(frame)

    async def _beat(self) -> None:
        """Tell the client that we live, and end the connection when its credential has."""
        while True:
            await asyncio.sleep(_HEARTBEAT_S)
            try:
                self._principal = await self._callers.verify(self._token, self._address)
            except NotAuthenticatedError as error:
                raise _CloseError(_SIGN_IN, error) from error
            await self._say({"op": "ping", "ts": utc_now()})

    async def _say(self, frame: dict[str, Any]) -> None:
        await self._websocket.send_text(orjson.dumps(frame).decode())

    async def _say_error(self, error: PlatformError, channel: str | None = None) -> None:
        problem = problem_document(error, channel)
        kept = {name: problem[name] for name in ("code", "title", "detail", "errors")}
        await self._say({"op": "error", "ch": channel, **kept})
