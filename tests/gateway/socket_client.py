"""A WebSocket client that speaks ASGI to the gateway, without a server between."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import orjson

from gateway.app import Gateway

_PATIENCE_S = 60.0


class SocketClient:
    """One connection to ``/ws``; `frames` come in order, `closed` holds the code at the end."""

    def __init__(
        self, gateway: Gateway, path: str = "/ws", subprotocols: Sequence[str] = ()
    ) -> None:
        self._gateway = gateway
        self._path = path
        self._subprotocols = list(subprotocols)
        self._to_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        scope = {
            "type": "websocket",
            "path": self._path,
            "query_string": b"",
            "headers": [],
            "subprotocols": self._subprotocols,
            "client": ("203.0.113.5", 1),
        }
        self._to_server.put_nowait({"type": "websocket.connect"})
        self._serving = asyncio.create_task(self._gateway(scope, self._to_server.get, self._send))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": 1000})
        assert self._serving is not None
        async with asyncio.timeout(_PATIENCE_S):
            await self._serving

    async def _send(self, message: dict[str, Any]) -> None:
        """Take what the app sends; as a server does, tell it that a closed connection has ended."""
        await self._from_server.put(message)
        if message["type"] == "websocket.close":
            self._to_server.put_nowait({"type": "websocket.disconnect", "code": message["code"]})

    def say(self, **frame: Any) -> None:
        """Send a frame."""
        self.say_text(orjson.dumps(frame).decode())

    def say_text(self, text: str) -> None:
        """Send whatever it is."""
        self._to_server.put_nowait({"type": "websocket.receive", "text": text})

    def say_bytes(self, data: bytes) -> None:
        """Send a binary frame."""
        self._to_server.put_nowait({"type": "websocket.receive", "bytes": data})

    async def hear_end(self) -> int:
        """Return the code that the connection is closed with, whatever comes before."""
        while True:
            frame = await self.hear()
            if "closed" in frame:
                return int(frame["closed"])

    async def hear(self) -> dict[str, Any]:
        """Return the next frame, or the closing as ``{"closed": code}``."""
        while True:
            async with asyncio.timeout(_PATIENCE_S):
                message = await self._from_server.get()
            if message["type"] == "websocket.close":
                return {"closed": message["code"]}
            if message["type"] == "websocket.send":
                frame: dict[str, Any] = orjson.loads(message["text"])
                return frame
