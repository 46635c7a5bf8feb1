"""The ASGI app behind the gateway's own addresses."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from typing import Any

import orjson
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from auth_service.client import AuthClient
from gateway.catalog import Catalog
from gateway.edge.routes import JSON_LIMIT, Operation
from gateway.observer import Observer
from gateway.openapi import merge_documents
from gateway.pages.health import Readiness
from gateway.pages.published import Published
from gateway.pages.reference import REFERENCE_POLICY, render_reference
from logic_service.client import LogicClient
from shared.errors import NotFoundError, PlatformError, UnavailableError
from shared.logging import get_logger

log = get_logger(__name__)

SERVICE = "gateway"
PAGE_PATHS = (
    "/",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/.well-known/jwks.json",
)
_LONG = {"/openapi.json", "/docs"}
_JSON = "application/json"

Page = Callable[[Request], Awaitable[Response]]


class Pages:
    """Serves health, metrics, ``/openapi.json`` and ``/docs``."""

    def __init__(
        self,
        catalog: Catalog,
        readiness: Readiness,
        observer: Observer,
        auth: AuthClient,
        logic: LogicClient,
    ) -> None:
        self._catalog = catalog
        self._readiness = readiness
        self._observer = observer
        self._auth = auth
        self._logic = logic
        self._published: tuple[Published, Published] | None = None
        self._publishing = asyncio.Lock()
        self._pages: Mapping[str, Page] = dict(
            zip(
                PAGE_PATHS,
                (
                    self._home,
                    self._live,
                    self._ready,
                    self._metrics,
                    self._openapi,
                    self._docs,
                    self._jwks,
                ),
                strict=True,
            )
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Behave as an ASGI app."""
        page = self._pages.get(scope["path"])
        if page is None:
            raise NotFoundError
        response = await page(Request(scope, receive))
        await response(scope, receive, send)

    async def _home(self, request: Request) -> Response:
        return RedirectResponse("docs")  # the edge puts the API's prefix before whole paths

    async def _live(self, request: Request) -> Response:
        return _json({"status": "ok"})

    async def _ready(self, request: Request) -> Response:
        ready, report = await self._readiness.check()
        return _json(report, 200 if ready else 503)

    async def _metrics(self, request: Request) -> Response:
        """Add the runs of strategies, which the embedded mode has no other address for."""
        own = generate_latest(self._observer.registry)
        try:
            runs = await self._logic.metrics()
        except PlatformError as error:  # whatever is wrong there, our own figures are wanted
            log.warning("metrics.incomplete", service="logic", reason=str(error))
            runs = b""
        return Response(own + runs, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _openapi(self, request: Request) -> Response:
        document, _ = await self._describe()
        return document.answer(request)

    async def _docs(self, request: Request) -> Response:
        _, reference = await self._describe()
        return reference.answer(request)

    async def _jwks(self, request: Request) -> Response:
        return _json(await self._auth.jwks())

    async def _describe(self) -> tuple[Published, Published]:
        """Return the document and its page, written once all services are known.

        In a thread: it takes so long that other requests would wait for it.
        """
        if self._catalog.missing:
            raise UnavailableError("the platform is starting", headers={"Retry-After": "1"})
        async with self._publishing:
            if self._published is None:
                self._published = await asyncio.to_thread(_publish, self._catalog.documents)
            return self._published


def _publish(documents: Mapping[str, dict[str, Any]]) -> tuple[Published, Published]:
    merged = merge_documents(documents, version("naru"))
    policy = {"Content-Security-Policy": REFERENCE_POLICY}
    return (
        Published.of(orjson.dumps(merged), _JSON),
        Published.of(render_reference(merged).encode(), "text/html; charset=utf-8", policy),
    )


def page_operations() -> dict[str, Operation]:
    """Return the pages as operations that anybody may call.

    The long ones count, and find no place in a crowd; what operators look at always answers.
    """
    return {path: own_operation("GET", path, cost=int(path in _LONG)) for path in PAGE_PATHS}


def own_operation(
    method: str, path: str, *, cost: int, scope: str | None = None, body_limit: int = JSON_LIMIT
) -> Operation:
    """Return one of the gateway's own operations, at a whole path."""
    name = path.strip("/").replace("/", "_").replace(".", "_") or "home"
    return Operation(
        id=f"{SERVICE}_{name}",
        service=SERVICE,
        method=method,
        path=path,
        scope=scope,
        cost=cost,
        body="json" if method == "POST" else "none",
        body_limit=body_limit,
        query={},
    )


def by_path(apps: Mapping[str, ASGIApp], otherwise: ASGIApp) -> ASGIApp:
    """Return an app that picks one of ``apps`` by the whole path."""

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        await apps.get(scope["path"], otherwise)(scope, receive, send)

    return choose


def _json(document: object, status: int = 200) -> Response:
    return Response(orjson.dumps(document), status, media_type=_JSON)
