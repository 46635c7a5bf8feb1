"""``python -m trading_service api | worker | migrate``."""

from shared.service import service_cli
from trading_service.app import create_app
from trading_service.settings import TradingSettings
from trading_service.worker import create_worker

service_cli("trading", TradingSettings, create_app, create_worker)()
