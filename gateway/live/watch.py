"""One look at all connections of the process, five times a second."""

import asyncio
import time
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from auth_service.client import Authenticator
from auth_service.contract.errors import TokenInvalidError
from gateway.live.places import Places
from shared.errors import NotAuthenticatedError, PlatformError, UnavailableError
from shared.identity import Principal
from shared.logging import get_logger

log = get_logger(__name__)

HEARTBEAT_S = 15.0
TICK_S = 0.2
_RENEW_S = 20.0
_UNREAD_S = 20.0
_FAREWELL_S = 5.0
_MOST_OPEN = 5_000
_MOST_STRANGERS = 200
_SIGN_IN = 4401


class Watched(Protocol):
    """A connection, as far as it is looked at here; see Connection.

    settled_at   until then it is looked at every time: who was let in just now may have been let in
                 by an answer that was a moment old
    """

    id: UUID
    principal: Principal | None
    token: str
    address: str | None
    expires_at: int | None
    settled_at: float
    beat_at: float
    sending_since: float | None
    ending_since: float | None

    def wake(self) -> None:
        """Look for news soon."""
        ...

    def beat(self) -> None:
        """Send a heartbeat soon."""
        ...

    def end(self, code: int, error: PlatformError) -> None:
        """Close the connection soon."""
        ...

    def hang_up(self) -> None:
        """Drop the connection."""
        ...


class Watch:
    """Ends connections whose credential has ended, drops those that nobody reads, beats the heart.

    One task for all: a thousand connections with timers of their own would cost more than what they
    are there for.
    """

    def __init__(self, authenticator: Authenticator, places: Places) -> None:
        self._authenticator = authenticator
        self._places = places
        self._connections: dict[UUID, Watched] = {}
        self._strangers: dict[str | None, list[Watched]] = {}
        self._revision = authenticator.revision
        self._keys_to_ask: dict[UUID, Watched] = {}
        self._came = asyncio.Event()

    def add(self, connection: Watched) -> None:
        """Begin to look at a connection. Raises UnavailableError when there are too many."""
        strangers = [
            other
            for other in self._strangers.pop(connection.address, ())
            if other.principal is None and other.id in self._connections
        ]
        if len(self._connections) >= _MOST_OPEN or len(strangers) >= _MOST_STRANGERS:
            self._strangers[connection.address] = strangers
            raise UnavailableError("too many connections are open; try again in a moment")
        self._strangers[connection.address] = [*strangers, connection]
        connection.beat_at = time.monotonic() + HEARTBEAT_S
        self._connections[connection.id] = connection
        self._came.set()

    def remove(self, connection: Watched) -> None:
        """Forget a connection."""
        self._connections.pop(connection.id, None)
        self._keys_to_ask.pop(connection.id, None)
        strangers = self._strangers.get(connection.address, [])
        if all(other is connection or other.principal is not None for other in strangers):
            self._strangers.pop(connection.address, None)

    async def run_forever(self) -> None:
        """Look until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ask_for_keys())
            tasks.create_task(self._keep_places())
            while True:
                await self._tick()
                self.look()

    async def _tick(self) -> None:
        """Return a moment later; while there is no connection, once there is one."""
        await asyncio.sleep(TICK_S)
        if not self._connections:
            self._came.clear()
            await self._came.wait()

    def look(self) -> None:
        """Look at every connection once."""
        if self._connections:
            self._authenticator.expect_news()
        revision = self._authenticator.revision
        has_news = revision != self._revision
        now, wall = time.monotonic(), time.time()
        for connection in list(self._connections.values()):
            if _is_stuck(connection, now):
                connection.hang_up()
            if connection.principal is None or connection.ending_since is not None:
                continue
            if has_news or now < connection.settled_at:
                self._check(connection, connection.principal)
            if connection.expires_at is not None and wall >= connection.expires_at:
                connection.end(_SIGN_IN, TokenInvalidError("the token has expired"))
            if now >= connection.beat_at:
                connection.beat_at = now + HEARTBEAT_S
                connection.beat()
                if connection.expires_at is None:
                    self._keys_to_ask[connection.id] = connection
        self._revision = revision

    def _check(self, connection: Watched, principal: Principal) -> None:
        try:
            found = self._authenticator.recheck(principal, self._revision)
        except NotAuthenticatedError as error:
            connection.end(_SIGN_IN, error)
            return
        is_settled = time.monotonic() >= connection.settled_at
        if found is None or (found.kind == "api_key" and not is_settled):
            self._keys_to_ask[connection.id] = connection
        elif found != principal:
            connection.principal = found
            connection.wake()

    async def _ask_for_keys(self) -> None:
        """Ask again whom API keys speak for: they end, and are bound to addresses."""
        while True:
            await self._tick()
            for connection in list(self._keys_to_ask.values()):
                self._keys_to_ask.pop(connection.id, None)
                try:
                    found = await self._authenticator.authenticate(
                        connection.token, connection.address
                    )
                except NotAuthenticatedError as error:
                    connection.end(_SIGN_IN, error)
                except PlatformError as error:
                    log.warning("socket.key_not_asked", reason=repr(error))
                else:
                    connection.principal = replace(found, address=connection.address)
                    connection.wake()

    async def _keep_places(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            await self._places.give_back()
            await self._places.renew(_RENEW_S)


def _is_stuck(connection: Watched, now: float) -> bool:
    """Tell whether the client has not read for long, or not at the end."""
    unread = connection.sending_since
    ending = connection.ending_since
    return (unread is not None and now - unread > _UNREAD_S) or (
        ending is not None and now - ending > _FAREWELL_S
    )
