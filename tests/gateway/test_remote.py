"""The same edge before a service in another process: the same answers over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import uvicorn

from auth_service.app import create_app as create_auth_app
from auth_service.settings import AuthSettings
from gateway.app import Gateway, create_app, create_clients
from gateway.backends.local import local_backend
from gateway.backends.remote import remote_backend
from gateway.settings import GatewaySettings
from infra.embedded.valkey import Valkey
from shared.http.transports import connect
from shared.identity import IdentitySigner
from tests.gateway.caller import Caller
from tests.gateway.conftest import MASTER_KEY
from tests.gateway.echo_service import create_echo_app


class EchoServer:
    """The small service on a port of its own; can be stopped and started."""

    def __init__(self) -> None:
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self) -> None:
        app = create_echo_app(MASTER_KEY)
        config = uvicorn.Config(app, port=self.port, log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        assert self._serving is not None
        self._server.should_exit = True
        await self._serving


@pytest.fixture
async def echo() -> AsyncIterator[EchoServer]:
    """Return the running service."""
    server = EchoServer()
    await server.start()
    yield server
    await server.stop()


OpenSplit = Callable[[int], AbstractAsyncContextManager[Gateway]]


@pytest.fixture
def open_split(
    gateway_database: str, valkey_server: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> OpenSplit:
    """Return a function that opens a gateway which reaches the small service at a port."""
    common = {
        "database_url": gateway_database,
        "redis_url": valkey_server.url(),
        "master_key": MASTER_KEY,
        "state_dir": tmp_path_factory.mktemp("split"),
    }

    @asynccontextmanager
    async def open_at(port: int) -> AsyncIterator[Gateway]:
        auth = create_auth_app(AuthSettings(**common))
        async with connect(f"http://127.0.0.1:{port}") as http:
            others = dict.fromkeys(("logic", "data", "trading", "notification"), http)
            gateway = create_app(
                GatewaySettings(**common),
                [local_backend("auth", auth), remote_backend("echo", http, 2.0)],
                create_clients({"auth": connect(None, auth), **others}, IdentitySigner(MASTER_KEY)),
                [lambda: auth.router.lifespan_context(auth)],
            )
            async with gateway.open():
                yield gateway

    return open_at


@pytest.fixture
async def split(echo: EchoServer, open_split: OpenSplit) -> AsyncIterator[Gateway]:
    """Return a gateway that reaches the small service over HTTP."""
    async with open_split(echo.port) as gateway:
        yield gateway


@pytest.fixture
async def caller(split: Gateway) -> AsyncIterator[Caller]:
    """Return somebody who has signed in."""
    async with connect(None, split) as http:
        yield await Caller(http).register("remo@example.com")


async def test_answers_and_problems_are_the_same_over_http(caller: Caller, mina: Caller) -> None:
    requests = [
        ("GET", "/things?limit=3", None),
        ("POST", "/things", {"name": "x"}),
        ("POST", "/things", {"name": "taken"}),
        ("POST", "/things", {"name": "x", "more": 1}),
        ("HEAD", "/things", None),
        ("GET", "/internal/things", None),
    ]
    fixed = {"X-Request-Id": "same"}
    for method, path, body in requests:
        over_http = await caller.call(method, path, json=body, headers=fixed)
        in_place = await mina.call(method, path, json=body, headers=fixed)

        assert over_http.status_code == in_place.status_code
        assert over_http.content == in_place.content
        names = {"content-type", "location", "etag", "x-request-id", "cache-control"}
        assert {n: over_http.headers.get(n) for n in names} == {
            n: in_place.headers.get(n) for n in names
        }


async def test_an_upload_streams_through(caller: Caller) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 100

    assert (await caller.call("POST", "/uploads", content=chunks())).json() == {"size": 1000}


async def test_a_service_that_is_away_is_a_503_and_comes_back(
    caller: Caller, echo: EchoServer
) -> None:
    await echo.stop()
    away = await caller.call("GET", "/things")
    await echo.start()
    back = await caller.call("GET", "/things")

    assert (away.status_code, away.json()["code"]) == (503, "unavailable")
    assert back.status_code == 200


async def test_readiness_names_what_is_away(caller: Caller, echo: EchoServer) -> None:
    ready = await caller.http.get("/health/ready")
    await echo.stop()
    away = await caller.http.get("/health/ready")
    await echo.start()

    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert away.status_code == 503
    assert away.json()["checks"]["logic"]["status"] == "failing"
    assert away.json()["checks"]["auth"]["status"] == "ok"


async def test_a_gateway_that_starts_first_learns_of_services_later(open_split: OpenSplit) -> None:
    server = EchoServer()
    await server.start()
    await server.stop()  # now there is a port at which nobody listens
    async with open_split(server.port) as gateway, connect(None, gateway) as http:
        early = await http.get("/api/v1/caller")
        await server.start()
        async with asyncio.timeout(60):
            while (await http.get("/health/ready")).status_code != 200:
                continue
        answer = await http.get("/api/v1/caller")
    await server.stop()

    assert (early.status_code, early.headers["retry-after"]) == (503, "1")
    assert answer.status_code == 200
