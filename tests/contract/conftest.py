"""The whole platform in this process, its workers too, and people of every standing in it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Response
from pydantic import SecretStr

from gateway.app import Gateway
from gateway.embedded import create_platform, create_workers
from infra.embedded.databases import create_database
from infra.embedded.valkey import Valkey
from shared.http.transports import connect
from shared.jobs.worker import run_worker
from shared.settings import PlatformSettings
from tests.contract.world import World, build_world
from tests.local_server import serve

MASTER_KEY = SecretStr("5a" * 32)
_PLENTY = {
    "requests_per_minute = 60\n": "requests_per_minute = 600_000\n",
    "request_burst = 20\n": "request_burst = 100_000\n",
    "api_keys = 2\n": "api_keys = 500\n",
    "webhooks = 2\n": "webhooks = 500\n",
    "team_workspaces = 3\n": "team_workspaces = 500\n",
}


@pytest.fixture(scope="session")
async def contract_settings(
    postgres_server: Any,
    migrated_template: Callable[..., Awaitable[str]],
    valkey_server: Valkey,
    tmp_path_factory: pytest.TempPathFactory,
) -> PlatformSettings:
    """Return settings of an installation of these tests alone."""
    await create_database(postgres_server, "contract", template=await migrated_template())
    return PlatformSettings(
        database_url=SecretStr(postgres_server.dsn("contract")),
        redis_url=SecretStr(valkey_server.url()),
        master_key=MASTER_KEY,
        state_dir=tmp_path_factory.mktemp("contract"),
    )


@pytest.fixture(scope="session")
async def gone_url() -> AsyncIterator[str]:
    """Return the address of a receiver that answers 410 Gone to everything."""
    app = FastAPI(openapi_url=None)
    app.add_api_route("/{path:path}", lambda path: Response(status_code=410), methods=["POST"])
    async with serve(app) as url:
        yield url


@pytest.fixture(scope="session")
async def platform(contract_settings: PlatformSettings) -> AsyncIterator[Gateway]:
    """Return all services, without limits that tests would run into; workers work beside them."""
    plans = files("auth_service").joinpath("plans.toml").read_text()
    for few, plenty in _PLENTY.items():
        assert few in plans
        plans = plans.replace(few, plenty)
    path = contract_settings.state_dir / "plans.toml"
    path.write_text(plans)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AUTH_PLANS_FILE", str(path))
        environment.setenv("AUTH_PASSWORD_MEMORY_KIB", "1024")
        environment.setenv("AUTH_ANSWER_BEAT_S", "0.01")
        environment.setenv("GATEWAY_ANONYMOUS_PER_MINUTE", "600000")
        environment.setenv("GATEWAY_ANONYMOUS_BURST", "100000")
        environment.setenv("NOTIFICATION_WEBHOOK_PRIVATE_HOSTS", "true")
        platform = create_platform(contract_settings)
        workers = create_workers(contract_settings)
    ready = asyncio.Event()
    working = asyncio.create_task(run_worker(workers, ["seconds", "minutes"], ready.set))
    async with platform.open():
        await ready.wait()
        yield platform
        working.cancel()
        await asyncio.wait({working})


@pytest.fixture(scope="session")
async def http(platform: Gateway) -> AsyncIterator[httpx2.AsyncClient]:
    """Return an HTTP client of the platform."""
    async with connect(None, platform) as http:
        yield http


@pytest.fixture(scope="session")
async def world(http: httpx2.AsyncClient, platform: Gateway, gone_url: str) -> World:
    """Return people of every standing, and what the owner has."""
    return await build_world(http, platform.clients.auth, gone_url)


@pytest.fixture(scope="session")
async def document(http: httpx2.AsyncClient) -> dict[str, Any]:
    """Return the platform's OpenAPI document."""
    document: dict[str, Any] = (await http.get("/openapi.json")).json()
    return document
