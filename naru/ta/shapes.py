"""Measures of bars that patterns are made of, with the thresholds that TA-Lib uses.

A body or shadow is long or short compared with the bars *before* it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from naru.ta.arrays import BoolArray, FloatArray
from naru.ta.exact_sums import rolling_mean
from naru.ta.memory import TailState
from naru.ta.registry import indicator

F = TypeVar("F", bound=Callable[..., FloatArray])


class Shapes:
    """Bars seen from the newest: ``body(0)`` are all newest bodies, ``body(1)`` those before.

    ``lookback`` is how many bars a pattern needs before the newest; every array has as many
    entries as there are bars after those.
    """

    def __init__(
        self,
        open_: FloatArray,
        high: FloatArray,
        low: FloatArray,
        close: FloatArray,
        lookback: int,
    ) -> None:
        self._columns = {"open": open_, "high": high, "low": low, "close": close}
        self._rows = len(close)
        self._lookback = lookback
        self._measures: dict[str, FloatArray] = {}
        self._means: dict[tuple[str, int], FloatArray] = {}

    def open(self, ago: int) -> FloatArray:
        """Return the opens."""
        return self._back(self._columns["open"], ago)

    def high(self, ago: int) -> FloatArray:
        """Return the highs."""
        return self._back(self._columns["high"], ago)

    def low(self, ago: int) -> FloatArray:
        """Return the lows."""
        return self._back(self._columns["low"], ago)

    def close(self, ago: int) -> FloatArray:
        """Return the closes."""
        return self._back(self._columns["close"], ago)

    def top(self, ago: int) -> FloatArray:
        """Return the upper ends of the bodies."""
        return np.maximum(self.open(ago), self.close(ago))

    def bottom(self, ago: int) -> FloatArray:
        """Return the lower ends of the bodies."""
        return np.minimum(self.open(ago), self.close(ago))

    def white(self, ago: int) -> BoolArray:
        """Tell which bars did not fall."""
        return self.close(ago) >= self.open(ago)

    def black(self, ago: int) -> BoolArray:
        """Tell which bars fell."""
        return self.close(ago) < self.open(ago)

    def body(self, ago: int) -> FloatArray:
        """Return the distances from open to close."""
        return self._back(self._measure("body"), ago)

    def upper(self, ago: int) -> FloatArray:
        """Return the upper shadows: from the body up to the high."""
        return self._back(self._measure("upper"), ago)

    def lower(self, ago: int) -> FloatArray:
        """Return the lower shadows: from the body down to the low."""
        return self._back(self._measure("lower"), ago)

    def gaps_up(self, ago: int) -> BoolArray:
        """Tell which bodies lie wholly above the one before."""
        return self.bottom(ago) > self.top(ago + 1)

    def gaps_down(self, ago: int) -> BoolArray:
        """Tell which bodies lie wholly below the one before."""
        return self.top(ago) < self.bottom(ago + 1)

    def inside(self, ago: int) -> BoolArray:
        """Tell which bodies lie within the one before, ends included."""
        within = self.top(ago) <= self.top(ago + 1)
        return within & (self.bottom(ago) >= self.bottom(ago + 1))

    def touches(self, ago: int) -> BoolArray:
        """Tell which bodies share an end with the one before."""
        tops: BoolArray = self.top(ago) == self.top(ago + 1)
        bottoms: BoolArray = self.bottom(ago) == self.bottom(ago + 1)
        return tops | bottoms

    def long_body(self, ago: int) -> BoolArray:
        """Tell which bodies are above the mean body of the ten bars before."""
        return self.body(ago) > self._mean("body", 10, ago)

    def short_body(self, ago: int) -> BoolArray:
        """Tell which bodies are below the mean body of the ten bars before."""
        return self.body(ago) < self._mean("body", 10, ago)

    def modest_body(self, ago: int) -> BoolArray:
        """Tell which bodies are not above the mean body of the ten bars before."""
        return self.body(ago) <= self._mean("body", 10, ago)

    def no_body(self, ago: int) -> BoolArray:
        """Tell which bodies are at most a tenth of the mean range of the ten bars before."""
        return self.body(ago) <= 0.1 * self._mean("range", 10, ago)

    def tiny_shadow(self, ago: int) -> FloatArray:
        """Return below what shadows count as none: a tenth of the mean range of ten bars."""
        return 0.1 * self._mean("range", 10, ago)

    def short_shadow(self, ago: int) -> FloatArray:
        """Return below what shadows are short: half the mean of both shadows of ten bars."""
        return self._mean("shadows", 10, ago) / 2.0

    def near(self, ago: int) -> FloatArray:
        """Return a small distance: a fifth of the mean range of the five bars before."""
        return 0.2 * self._mean("range", 5, ago)

    def far(self, ago: int) -> FloatArray:
        """Return a large distance: three fifths of the mean range of the five bars before."""
        return 0.6 * self._mean("range", 5, ago)

    def _back(self, values: FloatArray, ago: int) -> FloatArray:
        return values[self._lookback - ago : self._rows - ago]

    def _mean(self, measure: str, period: int, ago: int) -> FloatArray:
        """Return the mean measure of the ``period`` bars before the one ``ago``."""
        key = measure, period
        if key not in self._means:
            self._means[key] = rolling_mean(self._measure(measure), period)
        start = self._lookback - ago - period
        return self._means[key][start : start + self._rows - self._lookback]

    def _measure(self, name: str) -> FloatArray:
        if name not in self._measures:
            self._measures[name] = self._measured(name)
        return self._measures[name]

    def _measured(self, name: str) -> FloatArray:
        open_, high, low, close = self._columns.values()
        if name == "body":
            return np.abs(close - open_)
        if name == "upper":
            return high - np.maximum(open_, close)
        if name == "lower":
            return np.minimum(open_, close) - low
        if name == "range":
            return high - low
        return self._measure("upper") + self._measure("lower")


def marked(holds: BoolArray, value: float | FloatArray) -> FloatArray:
    """Return the value where the pattern holds, 0 elsewhere."""
    return np.where(holds, value, 0.0)


def color(white: BoolArray) -> FloatArray:
    """Return 100 where white, -100 where black."""
    return np.where(white, 100.0, -100.0)


def pattern(lookback: int) -> Callable[[F], F]:
    """Register a pattern that needs ``lookback`` bars before the newest."""

    def register(function: F) -> F:
        def state(*params: Any) -> TailState:
            return TailState(lambda *bars: function(*bars, *params), lookback + 1)

        return indicator(
            "open",
            "high",
            "low",
            "close",
            warmup=lambda *_: lookback,
            state=state,
            limits={"penetration": (0.0, 1.0)},
        )(function)  # type: ignore[return-value]

    return register
