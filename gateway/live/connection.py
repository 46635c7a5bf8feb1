"""One WebSocket connection, whatever is spoken on it: who it is, what it may say, how it ends."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import monotonic
from typing import Protocol
from uuid import UUID

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from auth_service.contract.plans import Plan
from auth_service.contract.tokens import looks_like_token, read_expiry
from gateway.edge.authentication import Callers
from gateway.edge.policies import RatePolicies, subject_of
from gateway.edge.rate_limits import RateLimiter
from gateway.live.hub import Hub
from gateway.live.places import Places
from gateway.live.protocol import ABORT_EXTENSION
from gateway.live.watch import Watch
from shared.errors import (
    BadRequestError,
    NotAuthenticatedError,
    PlatformError,
    QuotaExceededError,
    RateLimitedError,
)
from shared.identity import Principal
from shared.ids import new_id
from shared.logging import get_logger

log = get_logger(__name__)

SIGN_IN_S = 10.0
LARGEST_FRAME = 16 * 1024
_MESSAGES_PER_S = 20.0
_MESSAGES_AT_ONCE = 100
_UNSETTLED_S = 1.5
_CHANNELS_UNTIL_KNOWN = 10
"""While the auth service has not told the plans yet."""

NORMAL, INTERNAL, BUSY = 1000, 1011, 1013
BAD_FRAME, SIGN_IN, NO_SUCH_ADDRESS, NO_SUCH_SUBPROTOCOL, TOO_MANY = 4400, 4401, 4404, 4406, 4429


class CloseError(Exception):
    """End the connection with a code of ours."""

    def __init__(self, code: int, error: PlatformError) -> None:
        super().__init__(error.detail)
        self.code = code
        self.error = error


class Dialect(Protocol):
    """What is spoken over a connection.

    subprotocol   what is answered to the client's Sec-WebSocket-Protocol
    too_late      the close code for who does not sign in in time
    """

    subprotocol: str | None
    too_late: int

    async def sign_in(self) -> None:
        """Hear who it is. Raises CloseError."""
        ...

    async def listen(self) -> None:
        """Hear and answer frames until the connection ends. Raises CloseError."""
        ...

    def news(self) -> AsyncIterator[str]:
        """Yield the frames that can be sent now."""
        ...

    def heartbeat(self) -> str:
        """Return a frame that says that we live."""
        ...

    def farewell(self, error: PlatformError) -> str | None:
        """Return the last frame before the connection is closed because of ``error``."""
        ...

    async def leave(self) -> None:
        """Let go of everything."""
        ...


@dataclass(frozen=True, slots=True)
class Doors:
    """What the connections of a process share."""

    callers: Callers
    limiter: RateLimiter
    policies: RatePolicies
    hub: Hub
    places: Places
    watch: Watch


class Connection:
    """Hears frames at a bounded rate; speaks as fast as the client reads.

    principal       who it is; None before they have signed in
    expires_at      when the token ends, in epoch seconds; None for API keys
    sending_since   when a frame began to wait for the client to read, on the monotonic clock
    ending_since    when the connection was told to end
    """

    def __init__(self, websocket: WebSocket, doors: Doors) -> None:
        self.id: UUID = new_id()
        self.doors = doors
        self.principal: Principal | None = None
        self.token = ""
        self.expires_at: int | None = None
        self.settled_at = 0.0
        self.beat_at = 0.0
        self.sending_since: float | None = None
        self.ending_since: float | None = None
        self.address = websocket.client.host if websocket.client else None
        self._websocket = websocket
        self._wake = asyncio.Event()
        self._beats = False
        self._ending: CloseError | None = None
        self._messages_left = float(_MESSAGES_AT_ONCE)
        self._messages_counted_at = monotonic()

    async def serve(self, dialect: Dialect) -> None:
        """Serve the connection until either side ends it."""
        await self._websocket.accept(dialect.subprotocol)
        try:
            self.doors.watch.add(self)
            await self._sign_in(dialect)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._talk(dialect))
                await dialect.listen()
        except* WebSocketDisconnect:
            pass  # the client has left; nobody is there to be told
        except* CloseError as group:
            await self._close(dialect, group.exceptions[0])
        except* Exception:
            log.exception("socket.failed")
            await self._close(dialect, CloseError(INTERNAL, PlatformError()))
        finally:
            self.doors.watch.remove(self)
            if self.principal is not None and self.principal.workspace_id is not None:
                self.doors.places.release(self.principal.workspace_id, self.id)
            await dialect.leave()

    async def _sign_in(self, dialect: Dialect) -> None:
        try:
            async with asyncio.timeout(SIGN_IN_S):
                await dialect.sign_in()
        except TimeoutError as error:
            late = NotAuthenticatedError("nobody signed in in time")
            raise CloseError(dialect.too_late, late) from error

    async def let_in(self, token: str) -> Principal:
        """Take a token or key; a later one renews the connection for the same workspace.

        Raises CloseError when it is not good, or the plan allows no further connection.
        """
        try:
            principal = await self.doors.callers.verify(token, self.address)
        except PlatformError as error:
            raise CloseError(SIGN_IN, error) from error
        before = self.principal
        if before is None:
            await self._take_place(principal)
        elif _who(before) != _who(principal):
            raise CloseError(SIGN_IN, NotAuthenticatedError("renew as the same user"))
        self.settled_at = monotonic() + _UNSETTLED_S
        self.token, self.principal = token, principal
        self.expires_at = read_expiry(token) if looks_like_token(token) else None
        return principal

    async def _take_place(self, principal: Principal) -> None:
        policy = self.doors.policies.of(principal)
        allowance = await self.doors.limiter.take(subject_of(principal), policy, cost=1)
        try:
            allowance.check()
        except RateLimitedError as error:
            raise CloseError(TOO_MANY, error) from error
        plan = self.plan_of(principal)
        if plan is None or principal.workspace_id is None:
            return
        if not await self.doors.places.take(principal.workspace_id, self.id, plan.live_connections):
            detail = f"the plan allows {plan.live_connections} live connections at a time"
            raise CloseError(TOO_MANY, QuotaExceededError(detail))

    def plan_of(self, principal: Principal) -> Plan | None:
        """Return the caller's plan; None while plans are not known."""
        return self.doors.policies.plan_of(principal)

    def signed_in(self) -> Principal:
        """Return who it is. Raises CloseError before they have signed in."""
        if self.principal is None:
            raise CloseError(SIGN_IN, NotAuthenticatedError())
        return self.principal

    @property
    def most_channels(self) -> int:
        """How many channels this connection may follow."""
        plan = self.plan_of(self.signed_in())
        return plan.live_channels if plan is not None else _CHANNELS_UNTIL_KNOWN

    async def hear(self, most: int = LARGEST_FRAME) -> bytes:
        """Return the client's next frame. Raises BadRequestError for one that is no text."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or NORMAL)
        self._count_message()
        text = message.get("text")
        if text is None:
            raise BadRequestError("send text frames")
        if len(text) > most:
            raise BadRequestError(f"a frame may have {most} characters")
        try:
            return bytes(text.encode())
        except UnicodeEncodeError as error:
            raise BadRequestError("the frame holds lone surrogates") from error

    def _count_message(self) -> None:
        now = monotonic()
        earned = (now - self._messages_counted_at) * _MESSAGES_PER_S
        most = _MESSAGES_AT_ONCE + (self.most_channels if self.principal is not None else 0)
        self._messages_left = min(most, self._messages_left + earned) - 1
        self._messages_counted_at = now
        if self._messages_left < 0:
            detail = f"send at most {_MESSAGES_PER_S:.0f} frames a second"
            raise CloseError(TOO_MANY, RateLimitedError(detail, retry_after=1))

    def wake(self) -> None:
        """Look for news soon."""
        self._wake.set()

    def beat(self) -> None:
        """Send a heartbeat soon."""
        self._beats = True
        self._wake.set()

    def end(self, code: int, error: PlatformError) -> None:
        """Close the connection soon."""
        if self._ending is None:
            self._ending = CloseError(code, error)
            self.ending_since = monotonic()
            self._wake.set()

    def hang_up(self) -> None:
        """Drop the connection without a word: the client reads nothing any more."""
        extension = self._websocket.scope.get("extensions", {}).get(ABORT_EXTENSION)
        if extension is not None:
            extension["abort"]()

    async def _talk(self, dialect: Dialect) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._ending is not None:
                raise self._ending
            if self._beats:
                self._beats = False
                await self.send(dialect.heartbeat())
            async for frame in dialect.news():
                await self.send(frame)
                if self._ending is not None:
                    raise self._ending

    async def send(self, frame: str) -> None:
        """Send a text frame; waits for a client that does not read."""
        if self.sending_since is None:
            self.sending_since = monotonic()
        try:
            await self._websocket.send({"type": "websocket.send", "text": frame})
        finally:
            self.sending_since = None

    async def _close(self, dialect: Dialect, reason: BaseException) -> None:
        if not isinstance(reason, CloseError):
            return
        if self.ending_since is None:
            self.ending_since = monotonic()
        try:
            if self._websocket.application_state is WebSocketState.CONNECTED:
                frame = dialect.farewell(reason.error)
                if frame is not None:
                    await self.send(frame)
                await self._websocket.close(reason.code, reason.error.code)
        except (WebSocketDisconnect, OSError):
            log.info("socket.left_early", code=reason.code)


def _who(principal: Principal) -> tuple[UUID | None, UUID | None]:
    return principal.user_id, principal.workspace_id
