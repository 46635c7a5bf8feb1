"""Naru's strategy kit: what a strategy imports."""

from naru import ta
from naru.account import Fill, Order, Position, Trade
from naru.errors import (
    ConfigError,
    LookAheadError,
    NaruError,
    OrderArgumentError,
    ParamError,
    StrategyDefinitionError,
    StrategyUseError,
)
from naru.params import param
from naru.series import Series
from naru.strategy import Strategy
from naru.vector import vector

__all__ = [
    "ConfigError",
    "Fill",
    "LookAheadError",
    "NaruError",
    "Order",
    "OrderArgumentError",
    "ParamError",
    "Position",
    "Series",
    "Strategy",
    "StrategyDefinitionError",
    "StrategyUseError",
    "Trade",
    "param",
    "ta",
    "vector",
]
