"""Statistics of moving windows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Sequence
from functools import partial
from math import floor, fsum, isnan
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from naru.ta.arrays import NAN, FloatArray
from naru.ta.block_sums import WindowState, block_windows
from naru.ta.elementwise import positive, ratio, root
from naru.ta.exact_sums import MeanState, rolling_mean
from naru.ta.extremes import (
    MaxState,
    MinState,
    SinceMaxState,
    SinceMinState,
    bars_since_max,
    rolling_max,
    rolling_min,
)
from naru.ta.registry import indicator

CHUNK = 1 << 17  # values of overlapping windows worked on at once
TWO = {"period": (2, 10**6)}


def squares(distance: Any, place: Any) -> tuple[Any, ...]:
    """Return the terms of a variance."""
    return distance, distance * distance


def variance_of(period: int, sums: Sequence[Any], *_: Any) -> tuple[Any, ...]:
    """Return the population variance."""
    total, square = sums
    return (positive(square - total * total / period) / period,)


def stddev_of(period: int, sums: Sequence[Any], *_: Any) -> tuple[Any, ...]:
    """Return the population standard deviation."""
    return (root(variance_of(period, sums)[0]),)


def window_stddev(values: FloatArray, period: int) -> FloatArray:
    """Return the population deviation of every full window; exactly 0 for equal values."""
    return block_windows((values,), period, squares, partial(stddev_of, period))[0]


class StddevState(WindowState):
    """``stddev`` fed one by one."""

    __slots__ = ()

    def __init__(self, period: int) -> None:
        super().__init__(period, squares, partial(stddev_of, period))


@indicator(
    "series",
    warmup=lambda period: period - 1,
    state=lambda period: WindowState(period, squares, partial(variance_of, period)),
)
def variance(series: FloatArray, period: int = 20) -> FloatArray:
    """Population variance of the last ``period`` values: ``mean((x - mean(x)) ** 2)``.

    Source: TA-Lib VAR. Warm-up: ``period - 1``.
    """
    return block_windows((series,), period, squares, partial(variance_of, period))[0]


@indicator("series", warmup=lambda period: period - 1, state=StddevState)
def stddev(series: FloatArray, period: int = 20) -> FloatArray:
    """Population standard deviation of the last ``period`` values: ``sqrt(variance)``.

    Source: TA-Lib STDDEV. Warm-up: ``period - 1``.
    """
    return window_stddev(series, period)


class ZscoreState:
    """``zscore`` fed one by one."""

    __slots__ = ("_mean", "_spread")

    def __init__(self, period: int) -> None:
        self._mean = MeanState(period)
        self._spread = StddevState(period)

    def update(self, value: float) -> float:
        """Take one value; return its score, NaN during warm-up."""
        mean, spread = self._mean.update(value), self._spread.update(value)
        return mean if isnan(mean) else ratio(value - mean, spread)


@indicator("series", warmup=lambda period: period - 1, state=ZscoreState, limits=TWO)
def zscore(series: FloatArray, period: int = 20) -> FloatArray:
    """Distance from the average in deviations: ``(x - sma) / stddev``; 0 if they do not vary.

    Population deviation. Source: any textbook of statistics. Warm-up: ``period - 1``.
    """
    distance = series[period - 1 :] - rolling_mean(series, period)
    return ratio(distance, window_stddev(series, period))


def _fourth_powers(distance: Any, place: Any) -> tuple[Any, ...]:
    square = distance * distance
    return distance, square, square * distance, square * square


def _moments(period: int, sums: Sequence[Any]) -> tuple[Any, Any, Any]:
    """Return the second, third and fourth central moments."""
    first, second, third, fourth = (total / period for total in sums)
    square = first * first
    return (
        positive(second - square),
        third - 3.0 * first * second + 2.0 * first * square,
        fourth - 4.0 * first * third + 6.0 * square * second - 3.0 * square * square,
    )


def _skew_of(period: int, sums: Sequence[Any], *_: Any) -> tuple[Any, ...]:
    second, third, _fourth = _moments(period, sums)
    return (ratio(third, second * root(second)),)


def _kurtosis_of(period: int, sums: Sequence[Any], *_: Any) -> tuple[Any, ...]:
    second, _third, fourth = _moments(period, sums)
    return (ratio(fourth, second * second) - 3.0,)


@indicator(
    "series",
    warmup=lambda period: period - 1,
    state=lambda period: WindowState(period, _fourth_powers, partial(_skew_of, period)),
    limits=TWO,
)
def skew(series: FloatArray, period: int = 20) -> FloatArray:
    """Skewness of the last ``period`` values: ``m3 / m2 ** 1.5``; 0 if they do not vary.

    ``mk`` is the k-th central moment of the window (no correction for small samples).
    Source: Karl Pearson (1895). Warm-up: ``period - 1``.
    """
    return block_windows((series,), period, _fourth_powers, partial(_skew_of, period))[0]


@indicator(
    "series",
    warmup=lambda period: period - 1,
    state=lambda period: WindowState(period, _fourth_powers, partial(_kurtosis_of, period)),
    limits=TWO,
)
def kurtosis(series: FloatArray, period: int = 20) -> FloatArray:
    """Excess kurtosis of the last ``period`` values: ``m4 / m2 ** 2 - 3``; -3 without variance.

    ``mk`` is the k-th central moment of the window (no correction for small samples).
    Source: Karl Pearson (1905). Warm-up: ``period - 1``.
    """
    return block_windows((series,), period, _fourth_powers, partial(_kurtosis_of, period))[0]


class SumState(MeanState):
    """``rolling_sum`` fed one by one."""

    __slots__ = ()

    def update(self, value: float) -> float:
        """Take one value; return the sum, NaN during warm-up."""
        return super().update(value) * self.period


@indicator("series", warmup=lambda period: period - 1, state=SumState)
def rolling_sum(series: FloatArray, period: int = 20) -> FloatArray:
    """Sum of the last ``period`` values, made of their exact mean.

    Source: TA-Lib SUM. Warm-up: ``period - 1``.
    """
    return rolling_mean(series, period) * period


@indicator("series", warmup=lambda period: period - 1, state=MaxState)
def highest(series: FloatArray, period: int = 20) -> FloatArray:
    """Highest of the last ``period`` values, the newest included.

    Source: TA-Lib MAX. Warm-up: ``period - 1``.
    """
    return rolling_max(series, period)


@indicator("series", warmup=lambda period: period - 1, state=MinState)
def lowest(series: FloatArray, period: int = 20) -> FloatArray:
    """Lowest of the last ``period`` values, the newest included.

    Source: TA-Lib MIN. Warm-up: ``period - 1``.
    """
    return rolling_min(series, period)


@indicator("series", warmup=lambda period: period - 1, state=SinceMaxState)
def bars_since_highest(series: FloatArray, period: int = 20) -> FloatArray:
    """Count bars since the highest of the last ``period`` values; 0 if it is the newest.

    Of equal values the newest counts. Source: TA-Lib MAXINDEX, which gives the row instead.
    Warm-up: ``period - 1``.
    """
    return bars_since_max(series, period).astype(np.float64)


@indicator("series", warmup=lambda period: period - 1, state=SinceMinState)
def bars_since_lowest(series: FloatArray, period: int = 20) -> FloatArray:
    """Count bars since the lowest of the last ``period`` values; 0 if it is the newest.

    Of equal values the newest counts. Source: TA-Lib MININDEX, which gives the row instead.
    Warm-up: ``period - 1``.
    """
    return bars_since_max(-series, period).astype(np.float64)


def mean_deviation(values: FloatArray, means: FloatArray, period: int) -> FloatArray:
    """Return the mean distance of each window's values from the window's mean."""
    windows = sliding_window_view(values, period)
    deviation = np.empty(len(means))
    step = max(1, CHUNK // period)
    for first in range(0, len(means), step):
        part = slice(first, first + step)
        deviation[part] = np.abs(windows[part] - means[part, None]).sum(axis=1) / period
    return deviation


class DeviationState:
    """Mean and mean deviation fed one by one; takes time in proportion to the period."""

    __slots__ = ("_mean", "_window", "mean")

    def __init__(self, period: int) -> None:
        self._mean = MeanState(period)
        self._window: deque[float] = deque(maxlen=period)
        self.mean = NAN

    def update(self, value: float) -> float:
        """Take one value; return the mean deviation, NaN during warm-up."""
        mean = self.mean = self._mean.update(value)
        window = self._window
        window.append(value)
        if isnan(mean):
            return NAN
        return fsum([abs(past - mean) for past in window]) / len(window)


@indicator("series", warmup=lambda period: period - 1, state=DeviationState)
def mean_absolute_deviation(series: FloatArray, period: int = 20) -> FloatArray:
    """Mean distance of the last ``period`` values from their mean.

    Source: TA-Lib AVGDEV. Warm-up: ``period - 1``.
    """
    return mean_deviation(series, rolling_mean(series, period), period)


class _SortedWindow:
    """The last ``period`` values in order of size."""

    __slots__ = ("_arrival", "_period", "values")

    def __init__(self, period: int) -> None:
        self._period = period
        self._arrival: deque[float] = deque()
        self.values: list[float] = []

    def push(self, value: float) -> None:
        self._arrival.append(value)
        insort(self.values, value)
        if len(self._arrival) > self._period:
            oldest = self._arrival.popleft()
            del self.values[bisect_left(self.values, oldest)]

    @property
    def full(self) -> bool:
        return len(self.values) == self._period


class QuantileState:
    """``quantile`` fed one by one."""

    __slots__ = ("_place", "_share", "_window")

    def __init__(self, period: int, q: float) -> None:
        self._window = _SortedWindow(period)
        self._place, self._share = _between(period, q)

    def update(self, value: float) -> float:
        """Take one value; return the quantile, NaN during warm-up."""
        self._window.push(value)
        if not self._window.full:
            return NAN
        ordered = self._window.values
        low = ordered[self._place]
        high = ordered[min(self._place + 1, len(ordered) - 1)]
        return low + self._share * (high - low)


def _between(period: int, q: float) -> tuple[int, float]:
    """Return the place below the quantile in the ordered window, and how far it is beyond."""
    place = q * (period - 1)
    return floor(place), place - floor(place)


def _window_quantile(values: FloatArray, period: int, q: float) -> FloatArray:
    windows = sliding_window_view(values, period)
    place, share = _between(period, q)
    above = min(place + 1, period - 1)
    quantiles = np.empty(len(windows))
    step = max(1, CHUNK // period)
    for first in range(0, len(windows), step):
        part = np.partition(windows[first : first + step], (place, above), axis=1)
        low, high = part[:, place], part[:, above]
        quantiles[first : first + step] = low + share * (high - low)
    return quantiles


@indicator(
    "series",
    warmup=lambda period, q: period - 1,
    state=QuantileState,
    limits={"q": (0.0, 1.0)},
)
def quantile(series: FloatArray, period: int = 20, q: float = 0.5) -> FloatArray:
    """Value below which the share ``q`` (0 to 1) of the last ``period`` values lies.

    Interpolated between the two neighbours at ``q * (period - 1)`` of the ordered window.
    Source: Rob Hyndman and Yanan Fan, *The American Statistician* 50 (1996), type 7.
    Warm-up: ``period - 1``.
    """
    return _window_quantile(series, period, q)


@indicator(
    "series",
    warmup=lambda period: period - 1,
    state=lambda period: QuantileState(period, 0.5),
)
def median(series: FloatArray, period: int = 20) -> FloatArray:
    """Middle of the last ``period`` values in order of size; mean of the two middle ones if even.

    Source: any textbook of statistics. Warm-up: ``period - 1``.
    """
    return _window_quantile(series, period, 0.5)


class RankState:
    """``percentile_rank`` fed one by one."""

    __slots__ = ("_period", "_window")

    def __init__(self, period: int) -> None:
        self._period = period
        self._window = _SortedWindow(period)

    def update(self, value: float) -> float:
        """Take one value; return its rank, NaN during warm-up."""
        window = self._window
        below = bisect_right(window.values, value)
        rank = 100.0 * below / self._period if window.full else NAN
        window.push(value)
        return rank


@indicator("series", warmup=lambda period: period, state=RankState)
def percentile_rank(series: FloatArray, period: int = 100) -> FloatArray:
    """Share of the ``period`` values before that are not above the newest, in percent.

    Source: Pine Script reference, ``ta.percentrank``. Warm-up: ``period``.
    """
    windows = sliding_window_view(series[:-1], period)
    newest = series[period:, None]
    ranks = np.empty(len(windows))
    step = max(1, CHUNK // period)
    for first in range(0, len(windows), step):
        part = slice(first, first + step)
        ranks[part] = 100.0 * np.count_nonzero(windows[part] <= newest[part], axis=1) / period
    return ranks
