"""The vector style: one function that turns whole series into target positions.

The module is not called ``vector``, or ``naru.vector`` would be now it and now the function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, overload

from naru.errors import StrategyDefinitionError
from naru.params import Param, Value


class VectorStrategy:
    """A function of the data and its parameters, marked by ``vector``."""

    __slots__ = ("_function_", "_params_", "name")

    def __init__(self, function: Callable[..., Any], params: Mapping[str, Param]) -> None:
        self._function_ = function
        self._params_ = params
        self.name: str = function.__name__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function_(*args, **kwargs)


@overload
def vector(function: Callable[..., Any], /) -> VectorStrategy: ...


@overload
def vector(**params: Any) -> Callable[[Callable[..., Any]], VectorStrategy]: ...


def vector(
    function: Callable[..., Any] | None = None, /, **params: Any
) -> VectorStrategy | Callable[[Callable[..., Any]], VectorStrategy]:
    """Mark a function as a vector strategy and name its parameters with their defaults.

    The function gets ``data`` (arrays ``open, high, low, close, volume, ts``; ``data["SYMBOL"]``
    for others, ``data.table("close")`` for all: bars by instruments) and the parameters. It
    returns, for each bar, the position to hold as a fraction of equity, decided at that bar's
    close: an array, a dict of arrays by symbol, or an array of bars by instruments. An order is
    placed at the first bar and wherever the value changes; NaN keeps what is held. Without
    parameters, ``@vector`` does as well as ``@vector()``.
    """
    declared = {
        name: value if isinstance(value, Param) else _declared(name, value)
        for name, value in params.items()
    }

    def mark(function: Callable[..., Any]) -> VectorStrategy:
        if not callable(function) or isinstance(function, type):
            raise StrategyDefinitionError(
                "@vector marks a function, and its parameters go by name: @vector(fast=10)"
            )
        return VectorStrategy(function, declared)

    return mark if function is None else mark(function)


def _declared(name: str, value: Value) -> Param:
    try:
        return Param(value)
    except StrategyDefinitionError as error:
        raise StrategyDefinitionError(f"@vector({name}=...): {error}") from error
