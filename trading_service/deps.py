"""What the trading service's endpoints and tasks are given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
from arq.connections import ArqRedis
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.client import AuthClient
from data_service.client import DataClient
from logic_service.client import LogicClient
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
from trading_service.backtests.progress import Progress
from trading_service.models import TABLES
from trading_service.settings import TradingSettings


@dataclass(frozen=True, slots=True)
class Peers:
    """HTTP clients of the services that stand below this one."""

    auth: httpx2.AsyncClient
    logic: httpx2.AsyncClient
    data: httpx2.AsyncClient


@dataclass(frozen=True, slots=True)
class TradingDeps:
    """Everything that is opened once per process and closed with it."""

    settings: TradingSettings
    engine: AsyncEngine
    identities: IdentitySigner
    cursors: CursorSigner
    vault: Vault
    units_of_work: UnitsOfWork
    objects: ObjectStore
    redis: ArqRedis
    progress: Progress
    auth: AuthClient
    logic: LogicClient
    data: DataClient


@asynccontextmanager
async def open_deps(settings: TradingSettings, peers: Peers) -> AsyncIterator[TradingDeps]:
    """Open the service's connections; close them at the end."""
    engine = create_engine(settings)
    redis = connect_redis(settings)
    identities = IdentitySigner(settings.master_key)
    wakeups = Wakeups(redis, settings.service)
    try:
        yield TradingDeps(
            settings=settings,
            engine=engine,
            identities=identities,
            cursors=CursorSigner(settings.master_key),
            vault=Vault(settings.master_key, settings.previous_master_keys),
            units_of_work=UnitsOfWork(create_sessions(engine, settings), TABLES, wakeups),
            objects=open_object_store(settings),
            redis=redis,
            progress=Progress(redis, LiveStreams(redis)),
            auth=AuthClient(peers.auth, identities),
            logic=LogicClient(peers.logic, identities),
            data=DataClient(peers.data, identities),
        )
    finally:
        await redis.aclose()
        await engine.dispose()
