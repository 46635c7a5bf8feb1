"""How the gateway is served: uvicorn, with deadlines and bounds that it lacks by itself."""

import asyncio
import socket
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.live.protocol import SocketProtocol

MAX_HEADER_BYTES = 32 * 1024
_LARGEST_FRAME = 64 * 1024
_BACKLOG = 2048
_TCP_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_MOST_UNSENT_BYTES = 128 * 1024
"""Beyond what is on its way. The kernel would take megabytes of answers that nobody reads, and each
of them is made for that; how fast a client is sent what it does read does not hang on it."""

_UNSENT_LIMIT: int | None = getattr(socket, "TCP_NOTSENT_LOWAT", None)


class DeadlineProtocol(HttpToolsProtocol):
    """Closes connections that take too long over their header fields, or send too many.

    Those too that do not read what they asked for.

    header_deadline_s   from a connection's opening, or a request's first byte, to their end
    unread_deadline_s   until the client has read what is in the way of the next piece
    leftover_deadline_s until the rest of a body has come whose request is answered already: it is
                        passed over, since hanging up at once would take the answer away as well
    """

    header_deadline_s: ClassVar[float] = 10.0
    unread_deadline_s: ClassVar[float] = 20.0
    leftover_deadline_s: ClassVar[float] = 10.0
    _is_receiving = False
    _leftover: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _deadline: asyncio.TimerHandle | None = None
    _answering: RequestResponseCycle | None = None
    _header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request; let the kernel keep little that is unsent."""
        super().connection_made(transport)
        if _UNSENT_LIMIT is not None:
            connection = transport.get_extra_info("socket")
            if connection is not None and connection.family in _TCP_FAMILIES:
                connection.setsockopt(socket.IPPROTO_TCP, _UNSENT_LIMIT, _MOST_UNSENT_BYTES)
        self._begin_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadlines, and tell the request that is being answered.

        uvicorn tells the last one that it has read. Where several came at once, that one is still
        waiting for its turn, and whose turn it is would write into what is closed.
        """
        self._end_headers()
        self._end_unread()
        self._end_leftover()
        self.pipeline.clear()
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Note whose turn it is."""
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        """Count what arrives while header fields are being read."""
        if self._deadline is not None:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._deadline is not None and self._header_bytes > MAX_HEADER_BYTES:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """Begin to wait for the header fields of a request."""
        super().on_message_begin()
        if self._deadline is None:
            self._begin_headers()

    def on_headers_complete(self) -> None:
        """Stop waiting."""
        self._end_headers()
        self._is_receiving = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Stop waiting for what is left of a body."""
        self._is_receiving = False
        self._end_leftover()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Begin to wait for what is left of a body."""
        super().on_response_complete()
        if self._is_receiving and self.cycle.response_complete and self._leftover is None:
            self._leftover = self.loop.call_later(self.leftover_deadline_s, self.transport.abort)

    def pause_writing(self) -> None:
        """Begin to wait for the client to read; closing would wait for it, too."""
        super().pause_writing()
        self._end_unread()
        self._unread = self.loop.call_later(self.unread_deadline_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop waiting."""
        self._end_unread()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Hang up on a client that asks for nothing more, though it has not read all it has."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    def _end_leftover(self) -> None:
        if self._leftover is not None:
            self._leftover.cancel()
            self._leftover = None

    def _end_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _begin_headers(self) -> None:
        self._header_bytes = 0
        self._deadline = self.loop.call_later(
            self.header_deadline_s, self._refuse, b"408 Request Timeout"
        )

    def _end_headers(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: bytes) -> None:
        """Say why, and hang up; there is no request yet that an app could answer."""
        self._end_headers()
        if not self.transport.is_closing():
            answer = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            self.transport.write(answer % status)
            self.transport.close()


def server_options() -> dict[str, Any]:
    """Return the options for ``uvicorn.run`` and ``uvicorn.Config``.

    uvicorn believes no proxy: the gateway itself reads addresses (``edge/addresses.py``).
    """
    return {
        "http": DeadlineProtocol,
        "access_log": False,
        "log_config": None,
        "proxy_headers": False,
        "server_header": False,
        "backlog": _BACKLOG,
        "timeout_keep_alive": 15,
        "ws": SocketProtocol,
        "ws_max_size": _LARGEST_FRAME,
        "ws_per_message_deflate": False,  # costs 100 KB a connection, and work for each of them
        "ws_ping_interval": 20.0,
        "ws_ping_timeout": 20.0,
    }
