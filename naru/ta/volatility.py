"""How far prices range."""

from __future__ import annotations

from math import isnan

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.recursion import SeededState, seeded
from naru.ta.registry import indicator


def bar_ranges(high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """Return the true range of every bar but the first."""
    before = close[:-1]
    return np.maximum(high[1:], before) - np.minimum(low[1:], before)


class TrueRangeState:
    """``true_range`` fed one by one."""

    __slots__ = ("_before",)

    def __init__(self) -> None:
        self._before = NAN

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return its range, NaN for the first."""
        before, self._before = self._before, close
        if isnan(before):
            return NAN
        return max(high, before) - min(low, before)


@indicator("high", "low", "close", warmup=lambda: 1, state=TrueRangeState)
def true_range(high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """Range of the bar and the gap before it: ``max(h, c[-1]) - min(l, c[-1])``.

    Source: J. Welles Wilder, *New Concepts in Technical Trading Systems* (1978); TA-Lib TRANGE.
    Warm-up: 1.
    """
    return bar_ranges(high, low, close)


class AtrState:
    """``atr`` fed one by one."""

    __slots__ = ("_average", "_range")

    def __init__(self, period: int) -> None:
        self._range = TrueRangeState()
        self._average = SeededState(period, 1.0 / period)

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return the average range, NaN during warm-up."""
        span = self._range.update(high, low, close)
        return span if isnan(span) else self._average.update(span)


@indicator("high", "low", "close", warmup=lambda period: period, state=AtrState)
def atr(high: FloatArray, low: FloatArray, close: FloatArray, period: int = 14) -> FloatArray:
    """Average true range: Wilder's average of ``true_range``.

    Seeded with the mean of the first ``period`` ranges. Source: J. Welles Wilder, *New Concepts
    in Technical Trading Systems* (1978); TA-Lib ATR. Warm-up: ``period``.
    """
    return seeded(bar_ranges(high, low, close), period, 1.0 / period)


class NatrState(AtrState):
    """``natr`` fed one by one."""

    __slots__ = ()

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return the average range in percent, NaN during warm-up."""
        average = super().update(high, low, close)
        return 100.0 * average / close if close else 0.0 * average


@indicator("high", "low", "close", warmup=lambda period: period, state=NatrState)
def natr(high: FloatArray, low: FloatArray, close: FloatArray, period: int = 14) -> FloatArray:
    """Average true range in percent of the close: ``100 * atr / close``; 0 for a close of 0.

    Source: TA-Lib NATR. Warm-up: ``period``.
    """
    average = seeded(bar_ranges(high, low, close), period, 1.0 / period)
    price = close[period:]
    return np.where(price == 0.0, 0.0, 100.0 * average / price)
