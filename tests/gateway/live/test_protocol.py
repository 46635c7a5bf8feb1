"""Over real connections: who never reads is let go, and a page of zeros is not inflated."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from gateway.live.protocol import ABORT_EXTENSION
from gateway.server import server_options

_FRAME = "x" * 32_000


class Chatterbox:
    """Sends until nobody reads, then hangs up; notes how that ended."""

    def __init__(self) -> None:
        self.ended: asyncio.Queue[str] = asyncio.Queue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        if scope["path"] == "/quiet":
            message: dict[str, Any] = {}
            while message.get("type") != "websocket.disconnect":
                message = dict(await receive())
            await self.ended.put("left")
            return
        abort = scope["extensions"][ABORT_EXTENSION]["abort"]
        try:
            while True:
                sending = asyncio.create_task(self._say(send))
                done, _ = await asyncio.wait({sending}, timeout=0.5)
                if not done:
                    abort()
                await sending
        except OSError:
            await self.ended.put("dropped")

    async def _say(self, send: Send) -> None:
        await send({"type": "websocket.send", "text": _FRAME})


@pytest.fixture
async def served() -> AsyncIterator[tuple[int, Chatterbox]]:
    """Return the port of a server with the gateway's options, and its app."""
    app = Chatterbox()
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", **server_options()))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    yield server.servers[0].sockets[0].getsockname()[1], app
    server.should_exit = True
    await serving


async def shake_hands(port: int, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a WebSocket by hand; return it, and never read unless told to."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: naru\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101")
    assert b"permessage-deflate" not in head.lower()
    return reader, writer


async def flood(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send the same again and again."""
    while True:
        writer.write(data)
        await writer.drain()


async def test_who_never_reads_is_dropped(served: tuple[int, Chatterbox]) -> None:
    port, app = served
    _, writer = await shake_hands(port, "/loud")

    async with asyncio.timeout(60):
        assert await app.ended.get() == "dropped"
    writer.close()


async def test_a_flood_of_pings_without_reading_is_cut_off(served: tuple[int, Chatterbox]) -> None:
    port, app = served
    _, writer = await shake_hands(port, "/quiet")
    ping = b"\x89\xfd" + b"\0\0\0\0" + b"p" * 125

    async with asyncio.timeout(60):
        with pytest.raises(ConnectionError):
            await flood(writer, ping * 500)
        assert await app.ended.get() == "left"
    writer.close()


@pytest.mark.parametrize(
    "frame",
    [
        b"\x81\xff" + (1 << 40).to_bytes(8, "big") + b"\0\0\0\0",  # a terabyte, it says
        b"\x81\x05hello",  # not masked
        b"\xc1\x80\0\0\0\0",  # a reserved bit
        b"\x81\x81\0\0\0\0\xff",  # no UTF-8
        b"\x83\x80\0\0\0\0",  # no such opcode
        b"\x09\x80\0\0\0\0",  # a ping in pieces
    ],
)
async def test_frames_that_are_none_end_the_connection(
    served: tuple[int, Chatterbox], frame: bytes
) -> None:
    port, app = served
    reader, writer = await shake_hands(port, "/quiet")

    writer.write(frame)

    async with asyncio.timeout(60):
        assert await app.ended.get() == "left"
        answer = await reader.read()
    assert answer[:1] == b"\x88"  # a closing frame
    writer.close()
