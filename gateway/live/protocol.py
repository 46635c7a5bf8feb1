"""uvicorn's WebSocket protocol, with an end for clients that do not read."""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

ABORT_EXTENSION = "naru.abort"
_MOST_UNREAD_BYTES = 256 * 1024
_LINGER_S = 5.0


class SocketProtocol(WebSocketsSansIOProtocol):
    """Drops what a client leaves unread.

    uvicorn closes a connection by waiting until everything has been written, which with a client
    that has stopped reading is never; and it answers pings however many answers are unread.
    """

    def handle_connect(self, event: object) -> None:
        """Offer the app a way to drop the connection."""
        super().handle_connect(event)  # type: ignore[arg-type]
        if not self.close_sent:
            self.scope["extensions"][ABORT_EXTENSION] = {"abort": self.transport.abort}

    def handle_ping(self) -> None:
        """Answer a ping, unless the client does not read the answers."""
        if self.transport.get_write_buffer_size() > _MOST_UNREAD_BYTES:
            self.transport.abort()
            return
        super().handle_ping()

    def keepalive_timeout(self) -> None:
        """Close a connection whose other end does not answer, and do not wait for it."""
        super().keepalive_timeout()
        self.loop.call_later(_LINGER_S, self.transport.abort)
