"""How the gateway is served: uvicorn, with deadlines and bounds that it lacks by itself."""

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.live.protocol import SocketProtocol

MAX_HEADER_BYTES = 32 * 1024
_LARGEST_FRAME = 64 * 1024
_BACKLOG = 2048


class DeadlineProtocol(HttpToolsProtocol):
    """Closes connections that take too long over their header fields, or send too many.

    header_deadline_s   from a connection's opening, or a request's first byte, to their end
    """

    header_deadline_s: ClassVar[float] = 10.0
    _deadline: asyncio.TimerHandle | None = None
    _header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._begin_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._end_headers()
        super().connection_lost(exc)

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
        super().on_headers_complete()

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
