"""Clients that are slow on purpose, and the server's side of their connections."""

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

ESTABLISHED = "01"
_DRIP_S = 1.0
_LOOK_S = 0.5
_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


class _Slow(asyncio.Protocol):
    """A connection that says one thing, and reads nothing if it is not to."""

    def __init__(self, kind: str, words: bytes) -> None:
        self.kind = kind
        self.began = time.monotonic()
        self._words = words
        self._transport: Any = None
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self.port = transport.get_extra_info("sockname")[1]
        if self.kind == "unread":
            self._transport.pause_reading()
        self._transport.write(self._words)

    def drip(self) -> None:
        """Send another byte of what never ends."""
        if self.kind != "unread" and not self._transport.is_closing():
            self._transport.write(b" ")

    def close(self) -> None:
        """Hang up."""
        self._transport.abort()


class SlowCrowd:
    """Opens slow connections, and notes when the server has closed each.

    What counts is the server's end: its socket's row in the kernel's table is no longer an
    established one. The client's own view would be late for whoever does not read.
    """

    def __init__(self, port: int, token: str, size: int) -> None:
        self._port = port
        self._size = size
        sign = f"Host: x\r\nAuthorization: {token}\r\n"
        self._words: Mapping[str, str] = {
            "header": f"GET / HTTP/1.1\r\n{sign}X-Slow: ",
            "body": (
                f"POST /api/v1/strategies HTTP/1.1\r\n{sign}"
                "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
            ),
            # More than the sockets hold: many answers on their way, none of which is read.
            "unread": f"GET /openapi.json HTTP/1.1\r\n{sign}\r\n" * 40,
        }
        self.closed_after: dict[str, list[float]] = {kind: [] for kind in self._words}

    async def run(self) -> None:
        """Open all of them; return when the server has closed each."""
        loop = asyncio.get_running_loop()
        open_ones: dict[int, _Slow] = {}
        for at in range(self._size):
            kind = list(self._words)[at % len(self._words)]
            make = partial(_Slow, kind, self._words[kind].encode())
            _, slow = await loop.create_connection(make, "127.0.0.1", self._port)
            open_ones[slow.port] = slow
        dripped = time.monotonic()
        while open_ones:
            await asyncio.sleep(_LOOK_S)
            held = self._held_by_server()
            for port in [port for port in open_ones if port not in held]:
                slow = open_ones.pop(port)
                self.closed_after[slow.kind].append(time.monotonic() - slow.began)
                slow.close()
            if time.monotonic() - dripped > _DRIP_S:
                dripped = time.monotonic()
                for slow in open_ones.values():
                    slow.drip()

    def _held_by_server(self) -> set[int]:
        """Return the clients' ports of the connections that the server holds open."""
        held = set()
        local = f":{self._port:04X}"
        for table in _TABLES:
            for line in table.read_text().splitlines()[1:]:
                _, here, there, state, *_ = line.split()
                if here.endswith(local) and state == ESTABLISHED:
                    held.add(int(there.rpartition(":")[2], 16))
        return held
