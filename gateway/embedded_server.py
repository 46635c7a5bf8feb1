"""Serve the gateway on a socket that somebody else has opened."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from gateway.app import Gateway
from gateway.server import server_options
from shared.http.serving import SettledServer


class _Server(SettledServer):
    """Leaves signals to the coroutine that runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def serve_gateway(
    app: Gateway, listening: socket.socket, first_user: str, on_ready: Callable[..., None]
) -> None:
    """Serve until SIGTERM; call ``on_ready(password=...)`` once requests are answered.

    ``password`` is ``first_user``'s, the one time that the account is made.
    """
    server = _Server(uvicorn.Config(app, lifespan="on", **server_options()))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, setattr, server, "should_exit", True)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():
        await asyncio.wait([serving], timeout=0.01)
    if not serving.done():
        on_ready(password=await app.clients.auth.ensure_first_user(first_user))
    await serving
