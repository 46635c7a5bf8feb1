"""Where the price stands within its recent range."""

from __future__ import annotations

from collections import deque
from math import isnan
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from naru.ta.arrays import NAN, FloatArray
from naru.ta.exact_sums import MeanState, mean_row, mean_rows, rolling_mean
from naru.ta.extremes import MaxState, MinState, rolling_max, rolling_min
from naru.ta.registry import indicator

T = TypeVar("T")
CHUNK = 1 << 16  # values of overlapping windows worked on at once


class Stochastic(NamedTuple, Generic[T]):
    """Outputs of the stochastics."""

    k: T
    d: T


def raw_stochastic(high: FloatArray, low: FloatArray, close: FloatArray, period: int) -> FloatArray:
    """Return the place of each close in its window's range, in percent; 0 without a range."""
    floor = rolling_min(low, period)
    span = rolling_max(high, period) - floor
    return np.where(span == 0.0, 0.0, 100.0 * ((close[period - 1 :] - floor) / span))


class RawStochasticState:
    """The place of the close in the window's range, in percent, fed one by one."""

    __slots__ = ("_high", "_low")

    def __init__(self, period: int) -> None:
        self._high = MaxState(period)
        self._low = MinState(period)

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return the place, NaN during warm-up."""
        floor = self._low.update(low)
        span = self._high.update(high) - floor
        return 100.0 * ((close - floor) / span) if span else 0.0


class StochasticState:
    """``stochastic`` fed one by one."""

    __slots__ = ("_d", "_k", "_raw")

    def __init__(self, period: int, k_period: int, d_period: int) -> None:
        self._raw = RawStochasticState(period)
        self._k = MeanState(k_period)
        self._d = MeanState(d_period)

    def update(self, high: float, low: float, close: float) -> Stochastic[float]:
        """Take one bar; return both lines, NaN during warm-up."""
        raw = self._raw.update(high, low, close)
        k = raw if isnan(raw) else self._k.update(raw)
        d = k if isnan(k) else self._d.update(k)
        return Stochastic(d if isnan(d) else k, d)


@indicator(
    "high",
    "low",
    "close",
    warmup=lambda period, k_period, d_period: period + k_period + d_period - 3,
    state=StochasticState,
    outputs=Stochastic,
)
def stochastic(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    period: int = 14,
    k_period: int = 3,
    d_period: int = 3,
) -> Stochastic[FloatArray]:
    """Slow stochastic oscillator, 0 to 100.

    ``raw = 100 * (c - lowest) / (highest - lowest)`` over ``period`` bars (0 without a range),
    ``k = sma(raw, k_period)``, ``d = sma(k, d_period)``. Source: George C. Lane, *Lane's
    Stochastics* (1984); TA-Lib STOCH. Warm-up: ``period + k_period + d_period - 3``.
    """
    k = rolling_mean(raw_stochastic(high, low, close, period), k_period)
    return Stochastic(k[d_period - 1 :], rolling_mean(k, d_period))


def mean_deviation(values: FloatArray, means: FloatArray, period: int) -> FloatArray:
    """Return the mean distance of each window's values from the window's mean."""
    windows = sliding_window_view(values, period)
    deviation = np.empty(len(means))
    step = max(1, CHUNK // period)
    for first in range(0, len(means), step):
        part = slice(first, first + step)
        deviation[part] = np.abs(windows[part] - means[part, None]).sum(axis=1) / period
    return deviation


class CciState:
    """``cci`` fed one by one; takes time in proportion to the period."""

    __slots__ = ("_mean", "_window")

    def __init__(self, period: int) -> None:
        self._mean = MeanState(period)
        self._window: deque[float] = deque(maxlen=period)

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return the index, NaN during warm-up."""
        price = mean_row(high, low, close)
        mean = self._mean.update(price)
        window = self._window
        window.append(price)
        if isnan(mean):
            return NAN
        deviation = sum([abs(value - mean) for value in window]) / len(window)
        return (price - mean) / (0.015 * deviation) if deviation else 0.0


@indicator("high", "low", "close", warmup=lambda period: period - 1, state=CciState)
def cci(high: FloatArray, low: FloatArray, close: FloatArray, period: int = 20) -> FloatArray:
    """Commodity channel index: ``(tp - sma(tp)) / (0.015 * mean deviation)``.

    ``tp = (h + l + c) / 3``; the mean deviation is the mean distance of the window's values from
    their mean; 0 where that is 0. Source: Donald R. Lambert, *Commodities* (October 1980); TA-Lib
    CCI. Warm-up: ``period - 1``.
    """
    price = mean_rows(high, low, close)
    mean = rolling_mean(price, period)
    deviation = mean_deviation(price, mean, period)
    return np.where(deviation == 0.0, 0.0, (price[period - 1 :] - mean) / (0.015 * deviation))
