"""Wire the logic service's background work: no tasks of its own, only the housekeeping of all."""

from logic_service.deps import open_deps
from logic_service.models import TABLES
from logic_service.settings import LogicSettings
from shared.jobs.worker import ServiceWorker


def create_worker(settings: LogicSettings) -> ServiceWorker:
    """Return the worker."""
    return ServiceWorker(settings=settings, tables=TABLES, deps=open_deps(settings), tasks=())
