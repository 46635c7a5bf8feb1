"""Naru's strategy kit: what a strategy imports.

The names are loaded when they are first asked for: ``naru`` is also the command line's package, and
most commands need neither the engine nor NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from naru.vectors import vector

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

_MODULES = {
    "param": "naru.params",
    "Series": "naru.series",
    "Strategy": "naru.strategy",
    "vector": "naru.vectors",
    **dict.fromkeys(("Fill", "Order", "Position", "Trade"), "naru.account"),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'naru' has no attribute {name!r}")
    if name == "ta":
        return import_module("naru.ta")
    found = getattr(import_module(_MODULES.get(name, "naru.errors")), name)
    globals()[name] = found
    return found
