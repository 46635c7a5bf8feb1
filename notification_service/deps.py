"""What the notification service's endpoints and tasks are given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
from arq.connections import ArqRedis
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.client import AuthClient
from logic_service.client import LogicClient
from notification_service.adapters.senders import Senders, open_senders
from notification_service.confirmations.codes import Codes
from notification_service.models import TABLES
from notification_service.settings import NotificationSettings
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
from trading_service.client import TradingClient


@dataclass(frozen=True, slots=True)
class Peers:
    """HTTP clients of the services that stand below this one."""

    auth: httpx2.AsyncClient
    logic: httpx2.AsyncClient
    trading: httpx2.AsyncClient


@dataclass(frozen=True, slots=True)
class NotificationDeps:
    """Everything that is opened once per process and closed with it."""

    settings: NotificationSettings
    engine: AsyncEngine
    redis: ArqRedis
    identities: IdentitySigner
    cursors: CursorSigner
    units_of_work: UnitsOfWork
    streams: LiveStreams
    vault: Vault
    objects: ObjectStore
    codes: Codes
    senders: Senders
    auth: AuthClient
    logic: LogicClient
    trading: TradingClient


@asynccontextmanager
async def open_deps(
    settings: NotificationSettings, peers: Peers
) -> AsyncIterator[NotificationDeps]:
    """Open the service's connections; close them at the end."""
    engine = create_engine(settings)
    redis = connect_redis(settings)
    identities = IdentitySigner(settings.master_key)
    try:
        async with open_senders(settings) as senders:
            yield NotificationDeps(
                settings=settings,
                engine=engine,
                redis=redis,
                identities=identities,
                cursors=CursorSigner(settings.master_key),
                units_of_work=UnitsOfWork(
                    create_sessions(engine, settings), TABLES, Wakeups(redis, settings.service)
                ),
                streams=LiveStreams(redis),
                vault=Vault(settings.master_key, settings.previous_master_keys),
                codes=Codes(settings.master_key),
                objects=open_object_store(settings),
                senders=senders,
                auth=AuthClient(peers.auth, identities),
                logic=LogicClient(peers.logic, identities),
                trading=TradingClient(peers.trading, identities),
            )
    finally:
        await redis.aclose()
        await engine.dispose()
