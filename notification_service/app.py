"""Wire the notification service's HTTP app."""

from functools import partial

from fastapi import FastAPI

from notification_service.channels.endpoints import push_tokens
from notification_service.channels.endpoints import router as channels
from notification_service.deliveries.endpoints import router as deliveries
from notification_service.deps import Peers, open_deps
from notification_service.events.endpoints import router as events
from notification_service.inbox.endpoints import router as inbox
from notification_service.models import TABLES
from notification_service.preferences.endpoints import router as preferences
from notification_service.settings import NotificationSettings
from notification_service.webhooks.endpoints import router as webhooks
from shared.events.endpoints import events_router
from shared.http.app import create_service_app
from shared.http.transports import connect


def create_app(settings: NotificationSettings, peers: Peers | None = None) -> FastAPI:
    """Return the app; without ``peers`` the other services are reached by their URLs."""
    return create_service_app(
        "Naru notification",
        [
            channels,
            push_tokens,
            webhooks,
            deliveries,
            events,
            preferences,
            inbox,
            events_router(TABLES),
        ],
        partial(open_deps, settings, peers or peers_by_url(settings)),
    )


def peers_by_url(settings: NotificationSettings) -> Peers:
    """Reach the services below over HTTP."""
    return Peers(
        auth=connect(settings.auth_url),
        logic=connect(settings.logic_url),
        trading=connect(settings.trading_url),
    )
