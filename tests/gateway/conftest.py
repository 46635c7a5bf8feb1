"""A gateway before the real auth service and a small service of the tests; the whole platform."""

import base64
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from auth_service.app import create_app as create_auth_app
from auth_service.settings import AuthSettings
from gateway.app import Gateway, create_app, create_clients
from gateway.backends.local import local_backend
from gateway.backends.port import Backend
from gateway.clients import Clients
from gateway.embedded import create_platform
from gateway.settings import GatewaySettings
from infra.embedded.supervisor import Supervisor
from infra.embedded.valkey import Valkey
from shared.http.transports import connect
from shared.identity import IdentitySigner
from shared.ids import new_id
from shared.settings import PlatformSettings
from tests.gateway.caller import Caller
from tests.gateway.echo_service import create_echo_app

MASTER_KEY = SecretStr("5a" * 32)
ORIGIN = "https://app.example.com"
BILLING_SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


@pytest.fixture(scope="session")
async def gateway_database(migrated_database: Callable[..., Awaitable[str]]) -> str:
    """Return a database with the auth service's tables."""
    return await migrated_database("auth")


@pytest.fixture(autouse=True)
def _fresh_allowances(redis_url: str) -> None:
    """Forget before each test what callers have used up: `redis_url` empties Valkey."""


@dataclass(frozen=True, slots=True)
class Beneath:
    """What a gateway stands on: open services, and the settings that they share."""

    common: dict[str, Any]
    backends: Sequence[Backend]
    clients: Clients

    def gateway(self, **settings: Any) -> Gateway:
        """Return a gateway, to be opened."""
        return create_app(GatewaySettings(**self.common | settings), self.backends, self.clients)


@pytest.fixture(scope="session")
async def beneath(
    gateway_database: str, valkey_server: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Beneath]:
    """Return the real auth service and a small one."""
    common = {
        "database_url": SecretStr(gateway_database),
        "redis_url": SecretStr(valkey_server.url()),
        "master_key": MASTER_KEY,
        "state_dir": tmp_path_factory.mktemp("gateway"),
    }
    auth = create_auth_app(AuthSettings(**common, billing_secret=SecretStr(BILLING_SECRET)))
    echo = create_echo_app(MASTER_KEY)
    reached = {name: connect(None, app) for name, app in (("auth", auth), ("echo", echo))}
    clients = create_clients(
        reached | dict.fromkeys(("logic", "data", "trading", "notification"), reached["echo"]),
        IdentitySigner(MASTER_KEY),
    )
    async with AsyncExitStack() as stack:
        for app in (auth, echo):
            await stack.enter_async_context(app.router.lifespan_context(app))
        backends = [local_backend("auth", auth), local_backend("echo", echo)]
        yield Beneath(common, backends, clients)


@pytest.fixture(scope="session")
async def gateway(beneath: Beneath) -> AsyncIterator[Gateway]:
    """Return a running gateway."""
    gateway = beneath.gateway(cors_origins=(ORIGIN,), body_deadline_s=0.5, upload_idle_s=0.5)
    async with gateway.open():
        yield gateway


@pytest.fixture
async def own_valkey(scratch: Path) -> AsyncIterator[tuple[Valkey, int]]:
    """Return a Valkey of this test alone and its process, which may be stopped."""
    folder = scratch / f"valkey-{new_id().hex[-6:]}"
    async with Supervisor(folder / "logs") as supervisor:
        server = Valkey(folder / "valkey", folder)
        await server.start(supervisor)
        pid = supervisor.status()[0].pid
        assert pid is not None
        yield server, pid
        os.kill(pid, signal.SIGCONT)


@pytest.fixture(scope="session")
async def http(gateway: Gateway) -> AsyncIterator[httpx2.AsyncClient]:
    """Return an HTTP client of the gateway."""
    async with connect(None, gateway) as http:
        yield http


@pytest.fixture(scope="session")
def anonymous(http: httpx2.AsyncClient) -> Caller:
    """Return somebody without a credential."""
    return Caller(http)


@pytest.fixture(scope="session")
async def mina(anonymous: Caller) -> Caller:
    """Return somebody on the free plan who has signed in."""
    return await anonymous.register("mina@example.com")


@pytest.fixture
async def newcomer(anonymous: Caller) -> Caller:
    """Return the same, for this test alone."""
    return await anonymous.register("newcomer@example.com")


@pytest.fixture(scope="session")
async def platform(
    database_url: str, valkey_server: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Gateway]:
    """Return all services in this process, without limits that tests would run into."""
    folder = tmp_path_factory.mktemp("platform")
    plans = files("auth_service").joinpath("plans.toml").read_text()
    plans = plans.replace("requests_per_minute = 60\n", "requests_per_minute = 600_000\n")
    plans = plans.replace("request_burst = 20\n", "request_burst = 100_000\n")
    (folder / "plans.toml").write_text(plans)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AUTH_PLANS_FILE", str(folder / "plans.toml"))
        environment.setenv("GATEWAY_ANONYMOUS_PER_MINUTE", "600000")
        environment.setenv("GATEWAY_ANONYMOUS_BURST", "100000")
        platform = create_platform(
            PlatformSettings(
                database_url=SecretStr(database_url),
                redis_url=SecretStr(valkey_server.url()),
                master_key=MASTER_KEY,
                state_dir=folder,
            )
        )
    async with platform.open():
        yield platform
