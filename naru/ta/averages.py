"""Moving averages over a window."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import exp, isnan, isqrt
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from naru.ta.arrays import NAN, FloatArray
from naru.ta.block_sums import WindowState, block_windows
from naru.ta.elementwise import ratio
from naru.ta.exact_sums import (
    LinearMeanState,
    MeanState,
    moving_mean,
    rolling_linear_mean,
    rolling_mean,
)
from naru.ta.registry import indicator

CHUNK = 1 << 16  # values of overlapping windows worked on at once


@indicator("series", warmup=lambda period: period - 1, state=MeanState)
def sma(series: FloatArray, period: int = 20) -> FloatArray:
    """Simple moving average: the mean of the last ``period`` values.

    Windows are summed exactly (see ``naru.ta.exact_sums``), so averages that are equal on paper
    are equal here. Source: TA-Lib SMA. Warm-up: ``period - 1``.
    """
    return moving_mean(series, period)


@indicator("series", warmup=lambda period: period - 1, state=LinearMeanState)
def wma(series: FloatArray, period: int = 20) -> FloatArray:
    """Linearly weighted average: weights 1 (oldest) to ``period`` (newest).

    Summed exactly, as ``sma`` is. Source: TA-Lib WMA. Warm-up: ``period - 1``.
    """
    return rolling_linear_mean(series, period)


def _halves(period: int) -> tuple[int, int]:
    """Return the two plain averages that make a triangle of ``period`` weights."""
    return (period + 1) // 2, period // 2 + 1


class TrimaState:
    """``trima`` fed one by one."""

    __slots__ = ("_first", "_second")

    def __init__(self, period: int) -> None:
        first, second = _halves(period)
        self._first = MeanState(first)
        self._second = MeanState(second)

    def update(self, value: float) -> float:
        """Take one value; return the average, NaN during warm-up."""
        mean = self._first.update(value)
        return mean if isnan(mean) else self._second.update(mean)


@indicator("series", warmup=lambda period: period - 1, state=TrimaState)
def trima(series: FloatArray, period: int = 20) -> FloatArray:
    """Triangular average: weights rise to the window's middle and fall again.

    ``sma(sma(x, (n + 1) // 2), n // 2 + 1)``. Source: TA-Lib TRIMA. Warm-up: ``period - 1``.
    """
    first, second = _halves(period)
    return rolling_mean(rolling_mean(series, first), second)


class HmaState:
    """``hma`` fed one by one."""

    __slots__ = ("_fast", "_last", "_slow")

    def __init__(self, period: int) -> None:
        self._fast = LinearMeanState(period // 2)
        self._slow = LinearMeanState(period)
        self._last = LinearMeanState(isqrt(period))

    def update(self, value: float) -> float:
        """Take one value; return the average, NaN during warm-up."""
        raw = 2.0 * self._fast.update(value) - self._slow.update(value)
        return raw if isnan(raw) else self._last.update(raw)


@indicator(
    "series",
    warmup=lambda period: period + isqrt(period) - 2,
    state=HmaState,
    limits={"period": (2, 10**6)},
)
def hma(series: FloatArray, period: int = 20) -> FloatArray:
    """Hull's average: ``wma(2 * wma(x, n // 2) - wma(x, n), isqrt(n))``.

    Source: Alan Hull, *How to reduce lag in a moving average* (2005).
    Warm-up: ``period + isqrt(period) - 2``.
    """
    fast = rolling_linear_mean(series, period // 2)[period - period // 2 :]
    return rolling_linear_mean(2.0 * fast - rolling_linear_mean(series, period), isqrt(period))


def _weighted_terms(price: Any, volume: Any, place: Any) -> tuple[Any, ...]:
    return price * volume, volume


def _weighted_of(sums: Sequence[Any], references: Sequence[Any], _place: Any) -> tuple[Any, ...]:
    moment, volume = sums
    return references[0] + ratio(moment, volume), volume


PRICE_ONLY = (True, False)  # prices enter as distances, volumes as they are


class VwmaState:
    """``vwma`` fed one by one."""

    __slots__ = ("_window",)

    def __init__(self, period: int) -> None:
        self._window = WindowState(period, _weighted_terms, _weighted_of, PRICE_ONLY)

    def update(self, price: float, volume: float) -> float:
        """Take one row; return the average, NaN during warm-up."""
        outputs = self._window.outputs(price, volume)
        if outputs is None:
            return NAN
        return outputs[0] if outputs[1] else price


def window_vwma(price: FloatArray, volume: FloatArray, period: int) -> FloatArray:
    """Return the volume-weighted mean of every full window; the newest price without volume."""
    mean, total = block_windows((price, volume), period, _weighted_terms, _weighted_of, PRICE_ONLY)
    return np.where(total == 0.0, price[period - 1 :], mean)


@indicator("series", "volume", warmup=lambda period: period - 1, state=VwmaState)
def vwma(series: FloatArray, volume: FloatArray, period: int = 20) -> FloatArray:
    """Volume-weighted average: ``sum(x * volume) / sum(volume)``; ``x`` if nothing was traded.

    Source: Buff P. Dormeier, *Investing with Volume Analysis* (2011). Warm-up: ``period - 1``.
    """
    return window_vwma(series, volume, period)


def _bell(period: int, offset: float, sigma: float) -> FloatArray:
    """Return ALMA's weights, oldest first; they add up to 1."""
    center = offset * (period - 1)
    width = period / sigma
    weights = np.array(
        [exp(-((place - center) ** 2) / (2.0 * width * width)) for place in range(period)]
    )
    weights /= weights.sum()
    return weights


class AlmaState:
    """``alma`` fed one by one; takes time in proportion to the period."""

    __slots__ = ("_weights", "_window")

    def __init__(self, period: int, offset: float, sigma: float) -> None:
        self._weights = _bell(period, offset, sigma)
        self._window: deque[float] = deque(maxlen=period)

    def update(self, value: float) -> float:
        """Take one value; return the average, NaN during warm-up."""
        window = self._window
        window.append(value)
        if len(window) < len(self._weights):
            return NAN
        return value + float(((np.array(window) - value) * self._weights).sum())


@indicator(
    "series",
    warmup=lambda period, offset, sigma: period - 1,
    state=AlmaState,
    limits={"offset": (0.0, 1.0), "sigma": (0.01, 1000.0)},
)
def alma(
    series: FloatArray, period: int = 9, offset: float = 0.85, sigma: float = 6.0
) -> FloatArray:
    """Arnaud Legoux's average: weights are a bell curve over the window.

    Weight of place ``i`` (0 is the oldest), with ``m = offset * (n - 1)`` and ``s = n / sigma``:
    ``exp(-(i - m) ** 2 / (2 * s ** 2))``.
    Source: Arnaud Legoux and Dimitrios Kouzis-Loukas (2009). Warm-up: ``period - 1``.
    """
    weights = _bell(period, offset, sigma)
    newest = series[period - 1 :]
    # Distances from the newest value, so that equal values average to themselves.
    averages = np.empty(len(newest))
    windows = sliding_window_view(series, period)
    step = max(1, CHUNK // period)
    for first in range(0, len(newest), step):
        part = slice(first, first + step)
        distances = (windows[part] - newest[part, None]) * weights
        averages[part] = newest[part] + distances.sum(axis=1)
    return averages
