"""``python -m auth_service api | migrate``."""

from auth_service.app import create_app
from auth_service.settings import AuthSettings
from shared.service import service_cli

service_cli("auth", AuthSettings, create_app)()
