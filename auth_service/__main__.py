"""``python -m auth_service api | worker | migrate``."""

from auth_service.app import create_app
from auth_service.settings import AuthSettings
from auth_service.worker import create_worker
from shared.service import service_cli

service_cli("auth", AuthSettings, create_app, create_worker)()
