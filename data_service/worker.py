"""Wire the data service's background work: no tasks of its own, only the housekeeping of all."""

from data_service.deps import open_deps
from data_service.models import TABLES
from data_service.settings import DataSettings
from shared.jobs.worker import ServiceWorker


def create_worker(settings: DataSettings) -> ServiceWorker:
    """Return the worker."""
    return ServiceWorker(settings=settings, tables=TABLES, deps=open_deps(settings), tasks=())
