"""Bands and channels around the price."""

from __future__ import annotations

from math import isnan
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.exact_sums import MeanState, rolling_mean
from naru.ta.registry import indicator
from naru.ta.statistics import StddevState, window_variance

T = TypeVar("T")


class Bands(NamedTuple, Generic[T]):
    """Outputs of every band and channel."""

    upper: T
    middle: T
    lower: T


class BollingerState:
    """``bollinger`` fed one by one."""

    __slots__ = ("_mean", "_spread", "_width")

    def __init__(self, period: int, width: float) -> None:
        self._mean = MeanState(period)
        self._spread = StddevState(period)
        self._width = width

    def update(self, value: float) -> Bands[float]:
        """Take one value; return the bands, NaN during warm-up."""
        middle = self._mean.update(value)
        spread = self._width * self._spread.update(value)
        if isnan(spread):
            return Bands(NAN, NAN, NAN)
        return Bands(middle + spread, middle, middle - spread)


@indicator("series", warmup=lambda period, width: period - 1, state=BollingerState, outputs=Bands)
def bollinger(series: FloatArray, period: int = 20, width: float = 2.0) -> Bands[FloatArray]:
    """Bollinger bands: ``sma(period) +- width * stddev(period)``, population deviation.

    Source: John Bollinger, *Bollinger on Bollinger Bands* (2001); TA-Lib BBANDS.
    Warm-up: ``period - 1``.
    """
    middle = rolling_mean(series, period)
    spread = width * np.sqrt(window_variance(series, period))
    return Bands(middle + spread, middle, middle - spread)
