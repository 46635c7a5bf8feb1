"""How every process of ours serves HTTP: uvicorn, and a garbage collector with little to do."""

import gc
import socket
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp

_NOT_STARTED = 3


class SettledServer(uvicorn.Server):
    """Keeps what lives as long as the process out of the garbage collector's sight.

    A full collection looks at every object there is. Those of routes, schemas and documents never
    die, and looking at them stops all requests for a fifth of a second, again and again.
    """

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve; what is there by now stays."""
        await super().startup(sockets)
        gc.freeze()


def serve(app: ASGIApp, **options: Any) -> None:
    """Serve until told to stop; ``options`` are those of ``uvicorn.Config``.

    Raises SystemExit where serving could not begin.
    """
    server = SettledServer(uvicorn.Config(app, **options))
    with suppress(KeyboardInterrupt):  # uvicorn raises it again once all requests have ended
        server.run()
    if not server.started:
        raise SystemExit(_NOT_STARTED)
