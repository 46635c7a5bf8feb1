"""What becomes of pooled connections that nobody uses: tried before their next use, or closed.

A connection is a process of PostgreSQL's, of two megabytes. The pool hands out the one that was
used last, so that the others lie idle until they are closed; the next who needs one connects anew.
"""

import asyncio
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

TRUSTED_S = 1.0
_CLOSED = "closed"

_CLOSE: Mapping[str, Callable[[Any], None]] = {
    "asyncpg": lambda connection: connection.terminate(),
    "psycopg": lambda connection: connection.pgconn.finish(),
}
"""How a driver's connection is closed at once: a pool's own ways wait for the server, and somebody
could be handed the connection meanwhile."""


def look_after_idle(engine: AsyncEngine, keep_s: float) -> None:
    """Try an engine's connections before they are used again, and close those nobody uses.

    keep_s  how long a connection may lie idle

    SQLAlchemy's ``pool_pre_ping`` tries every connection every time: with asyncpg that is three
    round trips, as many as a short transaction has itself. Here the ones just used are trusted.
    """
    idle = _Idle(engine, keep_s)
    event.listen(engine.sync_engine, "checkin", idle.come)
    event.listen(engine.sync_engine, "checkout", idle.leave)
    event.listen(engine.sync_engine, "close", idle.forget)


class _Idle:
    """The connections of one engine that nobody uses, and since when."""

    def __init__(self, engine: AsyncEngine, keep_s: float) -> None:
        self._dialect = engine.sync_engine.dialect
        self._close = _CLOSE[engine.driver]
        self._keep_s = keep_s
        self._since: dict[ConnectionPoolEntry, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def come(self, connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        """Take note of a connection that was given back."""
        if connection is None:  # broken, and closed already
            return
        self._since[record] = monotonic()
        if self._timer is None:
            self._wake_in(self._keep_s)

    def leave(
        self, connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: object
    ) -> None:
        """Let only a connection that works be used. Raises DisconnectionError: it is replaced."""
        since = self._since.pop(record, None)
        if _CLOSED in record.info:
            raise DisconnectionError
        if since is None or monotonic() - since < TRUSTED_S:
            return
        try:
            self._dialect.do_ping(connection)
        except Exception as error:  # whatever the driver raises: the connection is gone
            raise InvalidatePoolError from error  # its neighbours are as old: replace them all

    def forget(self, connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        """Drop a connection that the pool has closed."""
        self._since.pop(record, None)

    def _wake_in(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._close_old)

    def _close_old(self) -> None:
        self._timer = None
        old = monotonic() - self._keep_s
        for record, since in list(self._since.items()):
            connection = record.driver_connection
            if since <= old and connection is not None:
                del self._since[record]
                record.info[_CLOSED] = True
                self._close(connection)
        if self._since:
            self._wake_in(min(self._since.values()) - old)
