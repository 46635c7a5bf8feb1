"""What is spoken on ``/ws``: sign in, subscribe, listen."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.edge.strict_json import parse_json
from gateway.live.channels import LiveChannelNotFoundError, open_channel
from gateway.live.connection import BAD_FRAME, SIGN_IN, CloseError, Connection
from gateway.live.feed import Feed, Gap
from gateway.live.paths import SocketPath
from shared.clock import utc_now
from shared.errors import (
    ForbiddenError,
    InvalidInputError,
    NotAuthenticatedError,
    PlatformError,
    QuotaExceededError,
)
from shared.http.problems import field_problems, problem_document
from shared.identity import Principal


class SocketFrame(BaseModel):
    """What a client may say.

    op        ``auth`` with ``token``; ``subscribe`` or ``unsubscribe`` with ``ch``; ``ping``
    from_seq  the first message wanted; left out: only what happens from now on
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    op: Literal["auth", "subscribe", "unsubscribe", "ping", "pong"]
    token: str | None = Field(default=None, max_length=8192)
    ch: str | None = Field(default=None, max_length=128)
    from_seq: int | None = Field(default=None, ge=1, le=2**53)


class Socket:
    """The frames of ``/ws`` over one connection; see ``docs/api.md``."""

    subprotocol: str | None = None
    too_late = SIGN_IN

    def __init__(self, connection: Connection, path: SocketPath) -> None:
        self._connection = connection
        self._path = path
        self._feeds: dict[str, Feed] = {}
        self._checked: Principal | None = None

    async def sign_in(self) -> None:
        """Hear who it is. Raises CloseError."""
        try:
            frame = await self._hear()
        except PlatformError as error:
            raise CloseError(BAD_FRAME, error) from error
        if frame.op != "auth":
            raise CloseError(SIGN_IN, NotAuthenticatedError("the first frame must be auth"))
        await self._authenticate(frame)
        if self._path.channel is not None:
            try:
                await self._subscribe(self._path.channel, None)
            except PlatformError as error:
                raise CloseError(SIGN_IN, error) from error

    async def _authenticate(self, frame: SocketFrame) -> None:
        await self._connection.let_in(frame.token or "")
        ends = self._connection.expires_at
        expires_at = datetime.fromtimestamp(ends, UTC) if ends is not None else None
        await self._say({"op": "authenticated", "ts": utc_now(), "expires_at": expires_at})

    async def _hear(self) -> SocketFrame:
        """Return the client's next frame. Raises PlatformError for one that makes no sense."""
        try:
            return SocketFrame.model_validate(parse_json(await self._connection.hear()))
        except ValidationError as error:
            raise InvalidInputError.of_fields(field_problems(error.errors())) from error

    async def listen(self) -> None:
        """Hear and answer frames until the connection ends. Raises CloseError."""
        while True:
            frame: SocketFrame | None = None
            try:
                frame = await self._hear()
                await self._do(frame)
            except PlatformError as error:
                await self._say(_error_frame(error, frame.ch if frame else None))

    async def _do(self, frame: SocketFrame) -> None:
        if frame.op == "auth":
            await self._authenticate(frame)
        elif frame.op == "subscribe":
            await self._subscribe(frame.ch or "", frame.from_seq)
        elif frame.op == "unsubscribe":
            self._unsubscribe(frame.ch or "")
        elif frame.op == "ping":
            await self._say({"op": "pong", "ts": utc_now()})

    async def _subscribe(self, name: str, from_seq: int | None) -> None:
        most = self._connection.most_channels
        if len(self._feeds) >= most and name not in self._feeds:
            raise QuotaExceededError(f"the plan allows {most} channels on one connection")
        channel = open_channel(name, self._connection.signed_in())
        if self._path.kinds and name.partition(":")[0] not in self._path.kinds:
            kinds = ", ".join(sorted(self._path.kinds))
            raise LiveChannelNotFoundError(f"this address serves {kinds} only; use /ws for others")
        self._unsubscribe(name)
        feed = Feed(channel, self._connection.doors.hub, self._connection.wake)
        try:
            next_seq = await feed.start(from_seq)
        except PlatformError:
            feed.stop()
            raise
        kind = "subscribed" if from_seq is None else "resume"
        await self._say({"op": kind, "ch": name, "seq": next_seq})
        self._feeds[name] = feed
        self._connection.wake()

    def _unsubscribe(self, name: str) -> None:
        feed = self._feeds.pop(name, None)
        if feed is not None:
            feed.stop()

    async def news(self) -> AsyncIterator[str]:
        """Yield the frames that can be sent now."""
        principal = self._connection.signed_in()
        if principal is not self._checked:  # a role may have been taken away meanwhile
            self._checked = principal
            for name in [name for name, feed in self._feeds.items() if not feed.is_for(principal)]:
                self._unsubscribe(name)
                yield _write(_error_frame(ForbiddenError("no longer allowed"), name))
        for name, feed in list(self._feeds.items()):
            if feed.has_news:
                async for message in feed.messages():
                    yield gap_frame(name, message) if isinstance(message, Gap) else message.frame

    def heartbeat(self) -> str:
        """Return a frame that says that we live."""
        return _write({"op": "ping", "ts": utc_now()})

    def farewell(self, error: PlatformError) -> str:
        """Return the last frame before the connection is closed because of ``error``."""
        return _write(_error_frame(error, None))

    async def leave(self) -> None:
        """Let go of everything."""
        for name in list(self._feeds):
            self._unsubscribe(name)

    async def _say(self, frame: dict[str, Any]) -> None:
        await self._connection.send(_write(frame))


def gap_frame(channel: str, gap: Gap) -> str:
    """Say that messages are gone: read the resources again; the next is ``to_seq + 1``."""
    from_seq, to_seq = gap
    return _write({"op": "gap", "ch": channel, "from_seq": from_seq, "to_seq": to_seq})


def _error_frame(error: PlatformError, channel: str | None) -> dict[str, Any]:
    problem = problem_document(error, channel)
    kept = {name: problem[name] for name in ("code", "title", "detail", "errors")}
    return {"op": "error", "ch": channel, **kept, **error.facts}


def _write(frame: dict[str, Any]) -> str:
    return orjson.dumps(frame, default=str, option=orjson.OPT_UTC_Z).decode()
