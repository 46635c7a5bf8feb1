"""What the data service's endpoints are given."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields

import httpx2
from arq.connections import ArqRedis
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.client import AuthClient
from data_service.models import TABLES
from data_service.settings import DataSettings
from data_service.storage.service import Storage
from shared.database import create_engine, create_sessions
from shared.http.pages import CursorSigner
from shared.identity import IdentitySigner
from shared.object_store.factory import open_object_store
from shared.object_store.port import ObjectStore
from shared.redis import connect_redis
from shared.unit_of_work import UnitsOfWork
from shared.vault import Vault
from shared.wakeups import Wakeups


@dataclass(frozen=True, slots=True)
class Peers:
    """HTTP clients of the services that stand below this one."""

    auth: httpx2.AsyncClient


@dataclass(frozen=True, slots=True)
class DataDeps:
    """Everything that is opened once per process and closed with it.

    engine    psycopg's: bars are copied within the transaction that tells of them
    parsing   held while a file is parsed, since that takes memory
    """

    settings: DataSettings
    engine: AsyncEngine
    identities: IdentitySigner
    cursors: CursorSigner
    vault: Vault
    units_of_work: UnitsOfWork
    redis: ArqRedis
    objects: ObjectStore
    storage: Storage
    parsing: asyncio.Semaphore

    async def health_facts(self) -> dict[str, str]:
        """Return the storage tier. Raises StorageDowngradeError: then nothing here works."""
        try:
            async with self.units_of_work() as work:
                report = await self.storage.report(work.session)
        except (SQLAlchemyError, OSError):
            return {}  # the database's own state is told beside
        return {"storage_tier": report.tier, "storage_bytes": str(report.bars_bytes)}


@dataclass(frozen=True, slots=True)
class DataWorkerDeps(DataDeps):
    """What the tasks have besides."""

    auth: AuthClient


@asynccontextmanager
async def open_deps(settings: DataSettings) -> AsyncIterator[DataDeps]:
    """Open the service's connections; close them at the end."""
    engine = create_engine(settings, "psycopg")
    redis = connect_redis(settings)
    try:
        yield DataDeps(
            settings=settings,
            engine=engine,
            identities=IdentitySigner(settings.master_key),
            cursors=CursorSigner(settings.master_key),
            vault=Vault(settings.master_key, settings.previous_master_keys),
            units_of_work=UnitsOfWork(
                create_sessions(engine, settings), TABLES, Wakeups(redis, settings.service)
            ),
            redis=redis,
            objects=open_object_store(settings),
            storage=Storage(),
            parsing=asyncio.Semaphore(settings.uploads_at_once),
        )
    finally:
        await redis.aclose()
        await engine.dispose()


@asynccontextmanager
async def open_worker_deps(settings: DataSettings, peers: Peers) -> AsyncIterator[DataWorkerDeps]:
    """Open what the endpoints have, and the way to the services below."""
    async with open_deps(settings) as deps:
        given = {field.name: getattr(deps, field.name) for field in fields(deps)}
        yield DataWorkerDeps(**given, auth=AuthClient(peers.auth, deps.identities))
