"""Wire the logic service's HTTP app."""

from functools import partial

from fastapi import FastAPI

from logic_service.deps import open_deps
from logic_service.executions.endpoints import router as executions
from logic_service.metrics.endpoints import router as metrics
from logic_service.models import TABLES
from logic_service.settings import LogicSettings
from logic_service.strategies.endpoints import internal as internal_strategies
from logic_service.strategies.endpoints import router as strategies
from logic_service.versions.endpoints import internal as internal_versions
from logic_service.versions.endpoints import router as versions
from shared.events.endpoints import events_router
from shared.http.app import create_service_app


def create_app(settings: LogicSettings) -> FastAPI:
    """Return the app."""
    routers = [
        versions,  # before strategies: /strategies/validate is no strategy's id
        strategies,
        internal_strategies,
        internal_versions,
        executions,
        metrics,
        events_router(TABLES),
    ]
    return create_service_app("Naru logic", routers, partial(open_deps, settings))
