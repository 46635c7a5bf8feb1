"""``python -m data_service api | migrate``."""

from data_service.app import create_app
from data_service.settings import DataSettings
from shared.service import service_cli

service_cli("data", DataSettings, create_app)()
