"""What the logic service's endpoints are given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields

import httpx2
from arq.connections import ArqRedis
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.client import AuthClient
from logic_service.adapters.sandbox import Sandbox
from logic_service.models import TABLES
from logic_service.settings import LogicSettings
from shared.database import create_engine, create_sessions
from shared.http.pages import CursorSigner
from shared.identity import IdentitySigner
from shared.object_store.factory import open_object_store
from shared.object_store.port import ObjectStore
from shared.redis import connect_redis
from shared.streams import LiveStreams
from shared.unit_of_work import UnitsOfWork
from shared.vault import Vault
from shared.wakeups import Wakeups


@dataclass(frozen=True, slots=True)
class Peers:
    """HTTP clients of the services that stand below this one."""

    auth: httpx2.AsyncClient


@dataclass(frozen=True, slots=True)
class LogicDeps:
    """Everything that is opened once per process and closed with it."""

    settings: LogicSettings
    engine: AsyncEngine
    identities: IdentitySigner
    cursors: CursorSigner
    vault: Vault
    units_of_work: UnitsOfWork
    objects: ObjectStore
    redis: ArqRedis
    streams: LiveStreams
    sandbox: Sandbox

    async def health_facts(self) -> dict[str, str]:
        """Return the layers of the sandbox's wall, once a first source has started it."""
        return {"sandbox": self.sandbox.describe()}


@dataclass(frozen=True, slots=True)
class LogicWorkerDeps(LogicDeps):
    """What the tasks have besides."""

    auth: AuthClient


@asynccontextmanager
async def open_deps(settings: LogicSettings) -> AsyncIterator[LogicDeps]:
    """Open the service's connections; close them, and kill what still runs, at the end."""
    engine = create_engine(settings)
    redis = connect_redis(settings)
    sandbox = Sandbox(
        settings.runs_at_once,
        settings.checks_at_once,
        settings.run_wait_s,
        unsafe_development=settings.unsafe_development_sandbox,
    )
    try:
        yield LogicDeps(
            settings=settings,
            engine=engine,
            identities=IdentitySigner(settings.master_key),
            cursors=CursorSigner(settings.master_key),
            vault=Vault(settings.master_key, settings.previous_master_keys),
            units_of_work=UnitsOfWork(
                create_sessions(engine, settings), TABLES, Wakeups(redis, settings.service)
            ),
            objects=open_object_store(settings),
            redis=redis,
            streams=LiveStreams(redis),
            sandbox=sandbox,
        )
    finally:
        await sandbox.close()
        await redis.aclose()
        await engine.dispose()


@asynccontextmanager
async def open_worker_deps(settings: LogicSettings, peers: Peers) -> AsyncIterator[LogicWorkerDeps]:
    """Open what the endpoints have, and the way to the services below."""
    async with open_deps(settings) as deps:
        given = {field.name: getattr(deps, field.name) for field in fields(deps)}
        yield LogicWorkerDeps(**given, auth=AuthClient(peers.auth, deps.identities))
