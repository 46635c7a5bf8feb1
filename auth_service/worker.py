"""Wire the auth service's background work."""

from auth_service.deps import open_deps
from auth_service.exports.tasks import TASKS as EXPORT_TASKS
from auth_service.models import TABLES
from auth_service.settings import AuthSettings
from auth_service.subscriptions.tasks import TASKS as SUBSCRIPTION_TASKS
from shared.jobs.worker import ServiceWorker


def create_worker(settings: AuthSettings) -> ServiceWorker:
    """Return the worker."""
    return ServiceWorker(
        settings=settings,
        tables=TABLES,
        deps=open_deps(settings),
        tasks=[*EXPORT_TASKS, *SUBSCRIPTION_TASKS],
    )
