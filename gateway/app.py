"""Wire the gateway."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial

import httpx2
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from auth_service.client import AuthClient
from data_service.client import DataClient
from gateway.backends.port import Backend
from gateway.backends.remote import remote_backend
from gateway.clients import Clients
from gateway.deps import GatewayDeps, open_deps
from gateway.edge.addresses import client_address
from gateway.graphql.endpoint import GRAPHQL_PATH
from gateway.graphql.socket import SUBPROTOCOL, GraphQLSocket
from gateway.live.connection import (
    NO_SUCH_ADDRESS,
    NO_SUCH_SUBPROTOCOL,
    Connection,
    Dialect,
)
from gateway.live.paths import find_path
from gateway.live.socket import Socket
from gateway.settings import GatewaySettings
from logic_service.client import LogicClient
from notification_service.client import NotificationClient
from shared.http.transports import connect
from shared.identity import IdentitySigner
from trading_service.client import TradingClient

REQUIRED = ("auth", "logic", "data", "trading", "notification")


Opening = Callable[[], AbstractAsyncContextManager[object]]


class Gateway:
    """The ASGI app: HTTP goes to the edge, sockets to the live channels.

    beneath   what has to be open while the gateway is, in this order
    """

    def __init__(
        self,
        settings: GatewaySettings,
        backends: Sequence[Backend],
        clients: Clients,
        beneath: Sequence[Opening] = (),
    ) -> None:
        self._beneath = beneath
        self._settings = settings
        self._backends = backends
        self.clients = clients
        self._lifespan = Starlette(lifespan=lambda _: self.open())
        self._deps: GatewayDeps | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Open the gateway's connections; what the ASGI lifespan does."""
        async with AsyncExitStack() as stack:
            for opening in self._beneath:
                await stack.enter_async_context(opening())
            self._deps = await stack.enter_async_context(
                open_deps(self._settings, self._backends, self.clients)
            )
            try:
                yield
            finally:
                self._deps = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Behave as an ASGI app."""
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        deps = self._deps
        if deps is None:
            raise RuntimeError("the gateway serves within its lifespan only")
        if self._settings.trusted_hops:
            scope = {**scope, "client": (client_address(scope, self._settings.trusted_hops), 0)}
        if scope["type"] == "http":
            await deps.edge(scope, receive, send)
        else:
            await self._serve_socket(deps, WebSocket(scope, receive, send))

    async def _serve_socket(self, deps: GatewayDeps, websocket: WebSocket) -> None:
        connection = Connection(websocket, deps.doors)
        path = find_path(websocket.scope["path"])
        dialect: Dialect
        if path is not None:
            dialect = Socket(connection, path)
        elif websocket.scope["path"] != GRAPHQL_PATH:
            await websocket.close(NO_SUCH_ADDRESS)
            return
        elif SUBPROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.close(NO_SUCH_SUBPROTOCOL)
            return
        else:
            dialect = GraphQLSocket(connection, deps.graphql)
        with deps.observer.sockets.track_inprogress():
            await connection.serve(dialect)


def create_app(
    settings: GatewaySettings,
    backends: Sequence[Backend],
    clients: Clients,
    beneath: Sequence[Opening] = (),
) -> Gateway:
    """Return the gateway in front of ``backends``; its own resources use ``clients``."""
    return Gateway(settings, backends, clients, beneath)


def create_split_app(settings: GatewaySettings) -> Gateway:
    """Return the gateway in front of services in other processes, found by ``NARU_*_URL``."""
    identities = IdentitySigner(settings.master_key)
    urls = {
        "auth": settings.auth_url,
        "logic": settings.logic_url,
        "data": settings.data_url,
        "trading": settings.trading_url,
        "notification": settings.notification_url,
    }
    reached = {name: connect(url) for name, url in urls.items() if url is not None}
    missing = [name for name in REQUIRED if name not in reached]
    if missing:
        raise ValueError(f"the gateway needs the addresses of {', '.join(missing)}")
    backends = [
        remote_backend(name, http, settings.answer_deadline_s) for name, http in reached.items()
    ]
    beneath = [partial(_closing, http) for http in reached.values()]
    return Gateway(settings, backends, create_clients(reached, identities), beneath)


def create_clients(
    reached: Mapping[str, httpx2.AsyncClient], identities: IdentitySigner
) -> Clients:
    """Return typed clients over connections to the services, by the services' names."""
    return Clients(
        auth=AuthClient(reached["auth"], identities),
        logic=LogicClient(reached["logic"], identities),
        data=DataClient(reached["data"], identities),
        trading=TradingClient(reached["trading"], identities),
        notification=NotificationClient(reached["notification"], identities),
    )


@asynccontextmanager
async def _closing(http: httpx2.AsyncClient) -> AsyncIterator[None]:
    async with http:
        yield
