"""Build a service's FastAPI app: the same plumbing for all of them."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from shared.http.health import router as health
from shared.http.idempotency import IdempotencyMiddleware
from shared.http.problems import install_problem_handlers
from shared.ids import new_id

REQUEST_ID_HEADER = "X-Request-Id"
PUBLIC_PREFIX = "/api/v1"
"""Where the gateway offers the services' resources; it passes paths on as they came."""

TELEMETRY: TelemetryConfig = {
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""One span a request, where ``shared.tracing`` is on. The edge counts, structlog logs."""

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


def read_request_id(headers: Headers) -> str:
    """Return the caller's request id when it is a sane token, and a new one otherwise."""
    given = headers.get(REQUEST_ID_HEADER, "")
    return given if _SANE_REQUEST_ID.fullmatch(given) else new_id().hex


class RequestFrameMiddleware:
    """Bind the caller's request id, or a new one, to the logs and send it back.

    A path with the public prefix is routed without it, yet stays whole in problems and links.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        request_id = read_request_id(Headers(scope=scope))
        if scope["path"].startswith(f"{PUBLIC_PREFIX}/"):
            scope["root_path"] = PUBLIC_PREFIX

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        with bound_contextvars(request_id=request_id):
            await self._app(scope, receive, send_with_id)


def create_service_app(
    title: str,
    routers: Sequence[APIRouter],
    open_deps: Callable[[], AbstractAsyncContextManager[Any]],
) -> FastAPI:
    """Return an app that serves ``routers`` with ``open_deps()`` as ``app.state.deps``."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_deps() as deps:
            app.state.deps = deps
            yield

    app = FastAPI(
        title=title,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        telemetry=TELEMETRY,
    )
    install_problem_handlers(app)
    app.add_middleware(IdempotencyMiddleware)
    app.add_middleware(RequestFrameMiddleware)
    for router in [health, *routers]:
        app.include_router(router)
    return app
