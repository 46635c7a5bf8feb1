"""Wire the logic service's background work."""

from logic_service.consumers import consumers
from logic_service.deps import Peers, open_worker_deps
from logic_service.models import TABLES
from logic_service.settings import LogicSettings
from logic_service.workspaces.tasks import TASKS
from shared.http.transports import connect
from shared.jobs.worker import ServiceWorker


def create_worker(settings: LogicSettings, peers: Peers | None = None) -> ServiceWorker:
    """Return the worker; without ``peers`` the other services are reached by their URLs."""
    peers = peers or Peers(auth=connect(settings.auth_url))
    return ServiceWorker(
        settings=settings,
        tables=TABLES,
        deps=open_worker_deps(settings, peers),
        tasks=TASKS,
        consumers=consumers,
    )
