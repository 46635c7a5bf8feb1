"""The whole platform in one process: the only module that imports every service's app.

The services stay strangers to each other: they meet through the same clients as in a split
deployment, over a transport that calls the other's app instead of opening a socket.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import httpx2
from fastapi import FastAPI
from sqlalchemy.orm import configure_mappers

from auth_service.app import create_app as create_auth_app
from auth_service.settings import AuthSettings
from auth_service.worker import create_worker as create_auth_worker
from data_service.app import create_app as create_data_app
from data_service.deps import Peers as DataPeers
from data_service.settings import DataSettings
from data_service.worker import create_worker as create_data_worker
from gateway.app import Gateway, create_app, create_clients
from gateway.backends.local import local_backend
from gateway.settings import GatewaySettings
from logic_service.app import create_app as create_logic_app
from logic_service.deps import Peers as LogicPeers
from logic_service.settings import LogicSettings
from logic_service.worker import create_worker as create_logic_worker
from notification_service.app import create_app as create_notification_app
from notification_service.deps import Peers as NotificationPeers
from notification_service.settings import NotificationSettings
from notification_service.worker import create_worker as create_notification_worker
from shared.database import sharing_connections
from shared.http.transports import connect
from shared.identity import IdentitySigner
from shared.jobs.worker import ServiceWorker
from shared.settings import PlatformSettings
from trading_service.app import create_app as create_trading_app
from trading_service.deps import Peers as TradingPeers
from trading_service.settings import TradingSettings
from trading_service.worker import create_worker as create_trading_worker

Settings = TypeVar("Settings", bound=PlatformSettings)


def create_processes(settings: PlatformSettings) -> tuple[Gateway, list[ServiceWorker]]:
    """Return what the processes of a platform run, to be built before they are forked.

    It is made of the same apps: a process may open one of the two.
    """
    configure_mappers()
    apps = _create_apps(settings)
    return create_platform(settings, apps), create_workers(settings, apps)


def create_platform(
    settings: PlatformSettings, apps: Mapping[str, FastAPI] | None = None
) -> Gateway:
    """Return the gateway with all services behind it; its lifespan is theirs too."""
    apps = apps or _create_apps(settings)
    reached = _reach(apps)
    notification = create_notification_app(
        _settings_of(NotificationSettings, settings), _notification_peers(reached)
    )
    apps = {**apps, "notification": notification}
    for app in apps.values():
        app.openapi()  # which keeps it, with the routes that it is made of, for after a fork
    gateway = _settings_of(GatewaySettings, settings)
    return create_app(
        gateway,
        [local_backend(name, app) for name, app in apps.items()],
        create_clients(_reach(apps), IdentitySigner(gateway.master_key)),
        [
            sharing_connections,
            *(partial(app.router.lifespan_context, app) for app in apps.values()),
        ],
    )


def check_settings(settings: PlatformSettings) -> None:
    """Read every service's settings and the files that they name. Raises ValidationError."""
    services = (AuthSettings, DataSettings, LogicSettings, TradingSettings, NotificationSettings)
    for kind in (*services, GatewaySettings):
        _settings_of(kind, settings)


def create_workers(
    settings: PlatformSettings, apps: Mapping[str, FastAPI] | None = None
) -> list[ServiceWorker]:
    """Return what a worker process runs; the services that its tasks call run inside it."""
    apps = apps or _create_apps(settings)
    reached = _reach(apps)
    workers = [
        create_auth_worker(_settings_of(AuthSettings, settings)),
        create_data_worker(_settings_of(DataSettings, settings), DataPeers(reached["auth"])),
        create_logic_worker(_settings_of(LogicSettings, settings), LogicPeers(reached["auth"])),
        create_trading_worker(_settings_of(TradingSettings, settings), _trading_peers(reached)),
        create_notification_worker(
            _settings_of(NotificationSettings, settings), _notification_peers(reached)
        ),
    ]
    # A worker process opens the workers' deps one after the other and closes them in reverse.
    first = workers[0]
    return [replace(first, deps=_open_with(apps, first.deps)), *workers[1:]]


def _settings_of(kind: type[Settings], settings: PlatformSettings) -> Settings:
    """Return a service's own settings: what was given, and the rest from the environment."""
    return kind(**settings.model_dump(exclude_unset=True))


def _create_apps(settings: PlatformSettings) -> dict[str, FastAPI]:
    """Return the apps that others call, in the order of the layers."""
    apps = {
        "auth": create_auth_app(_settings_of(AuthSettings, settings)),
        "data": create_data_app(_settings_of(DataSettings, settings)),
        "logic": create_logic_app(_settings_of(LogicSettings, settings)),
    }
    trading = create_trading_app(
        _settings_of(TradingSettings, settings), _trading_peers(_reach(apps))
    )
    return {**apps, "trading": trading}


def _reach(apps: Mapping[str, FastAPI]) -> dict[str, httpx2.AsyncClient]:
    return {name: connect(None, app) for name, app in apps.items()}


def _trading_peers(reached: Mapping[str, httpx2.AsyncClient]) -> TradingPeers:
    return TradingPeers(auth=reached["auth"], logic=reached["logic"], data=reached["data"])


def _notification_peers(reached: Mapping[str, httpx2.AsyncClient]) -> NotificationPeers:
    return NotificationPeers(
        auth=reached["auth"], logic=reached["logic"], trading=reached["trading"]
    )


@asynccontextmanager
async def _open_with(
    apps: Mapping[str, FastAPI], deps: AbstractAsyncContextManager[Any]
) -> AsyncIterator[Any]:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(sharing_connections())
        for app in apps.values():
            await stack.enter_async_context(app.router.lifespan_context(app))
        yield await stack.enter_async_context(deps)
