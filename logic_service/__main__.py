"""``python -m logic_service api | migrate``."""

from logic_service.app import create_app
from logic_service.settings import LogicSettings
from shared.service import service_cli

service_cli("logic", LogicSettings, create_app)()
