"""Wire the data service's HTTP app."""

from functools import partial

from fastapi import FastAPI

from data_service.datasets.endpoints import router as datasets
from data_service.deps import open_deps
from data_service.market.endpoints import router as market
from data_service.models import TABLES
from data_service.settings import DataSettings
from data_service.snapshots.endpoints import router as snapshots
from data_service.storage.endpoints import router as storage
from shared.events.endpoints import events_router
from shared.http.app import create_service_app


def create_app(settings: DataSettings) -> FastAPI:
    """Return the app."""
    routers = [datasets, market, snapshots, storage, events_router(TABLES)]
    return create_service_app("Naru data", routers, partial(open_deps, settings))
