"""Wire the auth service's background work: only the plumbing's own, it has no tasks."""

from auth_service.deps import open_deps
from auth_service.models import TABLES
from auth_service.settings import AuthSettings
from shared.jobs.worker import ServiceWorker


def create_worker(settings: AuthSettings) -> ServiceWorker:
    """Return the worker, which forgets old events and answers."""
    return ServiceWorker(settings=settings, tables=TABLES, deps=open_deps(settings), tasks=())
