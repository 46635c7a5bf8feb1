"""Wire the trading service's HTTP app."""

from functools import partial

from fastapi import FastAPI

from shared.events.endpoints import events_router
from shared.http.app import create_service_app
from shared.http.transports import connect
from trading_service.backtests.endpoints import internal as internal_backtests
from trading_service.backtests.endpoints import router as backtests
from trading_service.deps import Peers, open_deps
from trading_service.models import TABLES
from trading_service.settings import TradingSettings


def create_app(settings: TradingSettings, peers: Peers | None = None) -> FastAPI:
    """Return the app; without ``peers`` the other services are reached by their URLs."""
    peers = peers or peers_by_url(settings)
    routers = [backtests, internal_backtests, events_router(TABLES)]
    return create_service_app("Naru trading", routers, partial(open_deps, settings, peers))


def peers_by_url(settings: TradingSettings) -> Peers:
    """Reach the services below over HTTP."""
    return Peers(
        auth=connect(settings.auth_url),
        logic=connect(settings.logic_url),
        data=connect(settings.data_url),
    )
