"""Indicators of a run: the kit's own over whole arrays, users' own bar by bar.

In a backtest the kit's functions, which are known to look back only, are computed at once. When
bars come one by one their incremental counterparts go on from there. A function of the user's is
called at each bar with what is known by then, so it cannot see more whatever it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from naru import ta
from naru.engine.columns import Column
from naru.engine.market import Floats
from naru.errors import StrategyUseError
from naru.series import Clock, Series

# Not all of ``ta``: ``analyse``, for one, looks at the newest of the bars that it is given.
_KIT_FUNCTIONS = frozenset(
    [*(getattr(ta, name) for name in ta.indicators()), ta.cross, ta.crossover, ta.crossunder]
)


def is_kit_function(function: Any) -> bool:
    """Tell whether a function is the kit's own, by identity, which no disguise can claim."""
    return type(function) is FunctionType and function in _KIT_FUNCTIONS


def common_clock(inputs: tuple[Any, ...]) -> Clock:
    """Return the clock of an indicator's series. Raises StrategyUseError unless they share one."""
    clocks: list[Clock] = []
    for value in inputs:
        if type(value) is Series and not any(value._clock_ is clock for clock in clocks):
            clocks.append(value._clock_)
    if not clocks:
        raise StrategyUseError("an indicator's first arguments are series, such as self.data.close")
    if len(clocks) > 1:
        raise StrategyUseError("an indicator's series are all of one symbol and timeframe")
    return clocks[0]


class KitIndicator:
    """A function of ``ta`` over series, and its outputs.

    outputs  one series per output, in order
    result   what the strategy gets: the series, or the function's own bundle of them
    """

    def __init__(
        self, function: FunctionType, inputs: tuple[Any, ...], options: Mapping[str, Any],
        clock: Clock,
    ) -> None:  # fmt: skip
        self.function = function
        self.inputs = inputs
        self.options = options
        computed = self._compute()
        bundled = isinstance(computed, tuple)
        names = getattr(computed, "_fields", None) or (function.__name__,)
        self._columns = [
            Column(np.asarray(values, dtype=float))
            for values in (computed if bundled else [computed])
        ]
        self._live: ta.Incremental[Any] | None = None
        self.outputs = [
            Series(clock, column.values(), str(name), partial(self._grown, place))
            for place, (name, column) in enumerate(zip(names, self._columns, strict=True))
        ]
        make = getattr(type(computed), "_make", tuple)
        self.result: Any = make(self.outputs) if bundled else self.outputs[0]

    def _compute(self) -> Any:
        arrays = (value._values_ if type(value) is Series else value for value in self.inputs)
        return self.function(*arrays, **self.options)

    def _grown(self, place: int) -> Floats:
        self._grow()
        return self._columns[place].values()

    def _grow(self) -> None:
        """Take in the rows that its inputs have gained."""
        series = [value._values_ for value in self.inputs if type(value) is Series]
        known = len(self._columns[0].values())
        if known == len(series[0]):
            return
        live = self._live = self._live or self._start_live(series, known)
        if live is None:  # it has no incremental counterpart, so all is computed again
            computed = self._compute()
            columns = computed if isinstance(computed, tuple) else (computed,)
            self._columns = [Column(np.asarray(values, dtype=float)) for values in columns]
            return
        for row in range(known, len(series[0])):
            value = live.update(*(values[row].item() for values in series))
            outputs = value if isinstance(value, tuple) else (value,)
            for column, output in zip(self._columns, outputs, strict=True):
                column.append(output)

    def _start_live(self, series: list[Any], known: int) -> ta.Incremental[Any] | None:
        """Return the incremental counterpart, fed with what is known; None if there is none."""
        params = [value for value in self.inputs if type(value) is not Series]
        try:
            live = ta.incremental(self.function, *params, **self.options)
        except ta.IndicatorArgumentError:
            return None
        for row in range(known):
            live.update(*(values[row].item() for values in series))
        return live


class OwnIndicator:
    """A user's own function, computed bar by bar on what is known then and nothing else.

    output  the series of its newest values; NaN where it was not called
    """

    def __init__(
        self, function: Callable[..., Any], inputs: tuple[Any, ...], options: Mapping[str, Any],
        lookback: int | None, clock: Clock,
    ) -> None:  # fmt: skip
        if lookback is not None and (type(lookback) is not int or lookback < 1):
            raise StrategyUseError("lookback is a number of bars")
        self.function = function
        self.inputs = inputs
        self.options = options
        self.lookback = lookback
        self._column = Column(np.zeros(0))
        name = str(getattr(function, "__name__", "indicator"))
        self.output = Series(clock, self._column.values(), name, self._column.values)

    def step(self, row: int) -> bool:
        """Compute the rows up to the newest; tell whether it has a value."""
        for past in range(len(self._column.values()), row + 1):
            self._column.append(self._value(past))
        newest = self._column.values()[row].item()
        series = self.output
        series._values_ = self._column.values()
        if series._block_ is not None:
            series._block_ = series._crossings_ = None
        return bool(newest == newest)  # noqa: PLR0124 - not NaN

    def _value(self, row: int) -> float:
        start = 0 if self.lookback is None else max(row + 1 - self.lookback, 0)
        arrays = [
            value._values_[start : row + 1].copy() if type(value) is Series else value
            for value in self.inputs
        ]
        result = np.asarray(self.function(*arrays, **self.options), dtype=float)
        if result.ndim > 1 or (result.ndim and not len(result)):
            raise StrategyUseError(
                f"{self.output.name} returns its newest value, or an array that ends with it"
            )
        return float(result[-1] if result.ndim else result)
