"""``python -m data_service api | worker | migrate``."""

from data_service.app import create_app
from data_service.settings import DataSettings
from data_service.worker import create_worker
from shared.service import service_cli

service_cli("data", DataSettings, create_app, create_worker)()
