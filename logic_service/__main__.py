"""``python -m logic_service api | worker | migrate``."""

from logic_service.app import create_app
from logic_service.settings import LogicSettings
from logic_service.worker import create_worker
from shared.service import service_cli

service_cli("logic", LogicSettings, create_app, create_worker)()
