"""The tables of the ``trading`` schema."""

from trading_service.models.backtest import BacktestRow
from trading_service.models.base import TABLES, Base

__all__ = ["TABLES", "BacktestRow", "Base"]
