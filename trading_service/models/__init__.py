"""The tables of the ``trading`` schema."""

from trading_service.models.backtest import BacktestRow
from trading_service.models.base import TABLES, Base
from trading_service.models.places import PlacesRow

__all__ = ["TABLES", "BacktestRow", "Base", "PlacesRow"]
