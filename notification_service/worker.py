"""Wire the notification service's background work."""

from notification_service.app import peers_by_url
from notification_service.channels.tasks import TASKS as CHANNEL_TASKS
from notification_service.confirmations.tasks import TASKS as CONFIRMATION_TASKS
from notification_service.consumers import consumers
from notification_service.deliveries.tasks import TASKS as DELIVERY_TASKS
from notification_service.deps import Peers, open_deps
from notification_service.inbox.tasks import TASKS as INBOX_TASKS
from notification_service.mails.tasks import TASKS as MAIL_TASKS
from notification_service.models import TABLES
from notification_service.settings import NotificationSettings
from notification_service.workspaces.tasks import TASKS as DUTY_TASKS
from shared.jobs.worker import ServiceWorker


def create_worker(settings: NotificationSettings, peers: Peers | None = None) -> ServiceWorker:
    """Return the worker; without ``peers`` the other services are reached by their URLs."""
    return ServiceWorker(
        settings=settings,
        tables=TABLES,
        deps=open_deps(settings, peers or peers_by_url(settings)),
        tasks=[
            *CHANNEL_TASKS,
            *CONFIRMATION_TASKS,
            *DELIVERY_TASKS,
            *INBOX_TASKS,
            *MAIL_TASKS,
            *DUTY_TASKS,
        ],
        consumers=consumers,
        max_jobs=20,
    )
