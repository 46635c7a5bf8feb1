"""``python -m notification_service api | worker | migrate``."""

from notification_service.app import create_app
from notification_service.settings import NotificationSettings
from notification_service.worker import create_worker
from shared.service import service_cli

service_cli("notification", NotificationSettings, create_app, create_worker)()
