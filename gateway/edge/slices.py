"""Large answers go out in slices, and between two of them it is somebody else's turn."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SLICE_BYTES = 64 * 1024
"""About what a connection may have unwritten before uvicorn waits for its reader."""


class InSlices:
    """Hands bodies on piece by piece.

    A socket takes as much as the kernel has room for, megabytes at once. A crowd that asks for long
    answers would have the loop copy for all of them before it looks at anybody else; and what is
    handed on whole is held whole for a client that does not read.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Behave as ASGI middleware."""

        async def send_in_slices(message: Message) -> None:
            body = message.get("body", b"")
            if len(body) <= SLICE_BYTES:
                await send(message)
                return
            more_body = message.get("more_body", False)
            for begin in range(0, len(body), SLICE_BYTES):
                end = begin + SLICE_BYTES
                more = more_body or end < len(body)
                await send({**message, "body": body[begin:end], "more_body": more})
                await asyncio.sleep(0)

        await self._app(scope, receive, send_in_slices)
