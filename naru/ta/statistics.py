"""Statistics of moving windows."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.block_sums import BlockState, block_sums
from naru.ta.extremes import MaxState, MinState, rolling_max, rolling_min
from naru.ta.registry import indicator


def squares(distance: Any, place: Any) -> tuple[Any, ...]:
    """Return the terms of a variance."""
    return distance, distance * distance


def window_variance(values: FloatArray, period: int) -> FloatArray:
    """Return the population variance of every full window; exactly 0 for equal values."""
    total, square = block_sums((values,), period, squares).sums
    return np.maximum(square - total * total / period, 0.0) / period


class VarianceState:
    """``variance`` fed one by one."""

    __slots__ = ("_period", "_window")

    def __init__(self, period: int) -> None:
        self._period = period
        self._window = BlockState(period, squares)

    def update(self, value: float) -> float:
        """Take one value; return the variance, NaN during warm-up."""
        if not self._window.update(value):
            return NAN
        total, square = self._window.sums
        return max(square - total * total / self._period, 0.0) / self._period


@indicator("series", warmup=lambda period: period - 1, state=VarianceState)
def variance(series: FloatArray, period: int = 20) -> FloatArray:
    """Population variance of the last ``period`` values: ``mean((x - mean(x)) ** 2)``.

    Source: TA-Lib VAR. Warm-up: ``period - 1``.
    """
    return window_variance(series, period)


class StddevState(VarianceState):
    """``stddev`` fed one by one."""

    __slots__ = ()

    def update(self, value: float) -> float:
        """Take one value; return the deviation, NaN during warm-up."""
        return sqrt(super().update(value))


@indicator("series", warmup=lambda period: period - 1, state=StddevState)
def stddev(series: FloatArray, period: int = 20) -> FloatArray:
    """Population standard deviation of the last ``period`` values: ``sqrt(variance)``.

    Source: TA-Lib STDDEV. Warm-up: ``period - 1``.
    """
    return np.sqrt(window_variance(series, period))


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
