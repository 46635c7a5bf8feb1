"""One price out of a bar's four."""

from __future__ import annotations

from math import isnan
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.exact_sums import mean_row, mean_rows
from naru.ta.extremes import MaxState, MinState, rolling_max, rolling_min
from naru.ta.registry import indicator

T = TypeVar("T")


class AveragePriceState:
    """``average_price`` and its kin, fed bar by bar."""

    __slots__ = ()

    def update(self, *prices: float) -> float:
        """Take one bar's prices; return their mean."""
        return mean_row(*prices)


@indicator("open", "high", "low", "close", warmup=lambda: 0, state=AveragePriceState)
def average_price(
    open_: FloatArray,
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
) -> FloatArray:
    """Mean of open, high, low and close. Source: TA-Lib AVGPRICE. Warm-up: none."""
    return mean_rows(open_, high, low, close)


@indicator("high", "low", warmup=lambda: 0, state=AveragePriceState)
def median_price(high: FloatArray, low: FloatArray) -> FloatArray:
    """Middle of the bar: ``(h + l) / 2``. Source: TA-Lib MEDPRICE. Warm-up: none."""
    return mean_rows(high, low)


@indicator("high", "low", "close", warmup=lambda: 0, state=AveragePriceState)
def typical_price(high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """Mean of high, low and close. Source: TA-Lib TYPPRICE. Warm-up: none."""
    return mean_rows(high, low, close)


class WeightedCloseState:
    """``weighted_close`` fed bar by bar."""

    __slots__ = ()

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return the price."""
        return mean_row(high, low, close, close)


@indicator("high", "low", "close", warmup=lambda: 0, state=WeightedCloseState)
def weighted_close(high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """Mean of the bar with the close counted twice: ``(h + l + 2c) / 4``.

    Source: TA-Lib WCLPRICE. Warm-up: none.
    """
    return mean_rows(high, low, close, close)


class MidpointState:
    """``midpoint`` fed one by one."""

    __slots__ = ("_high", "_low")

    def __init__(self, period: int) -> None:
        self._high = MaxState(period)
        self._low = MinState(period)

    def update(self, value: float) -> float:
        """Take one value; return the middle, NaN during warm-up."""
        return (self._high.update(value) + self._low.update(value)) / 2.0


@indicator("series", warmup=lambda period: period - 1, state=MidpointState)
def midpoint(series: FloatArray, period: int = 14) -> FloatArray:
    """Middle between the highest and the lowest of the last ``period`` values.

    Source: TA-Lib MIDPOINT. Warm-up: ``period - 1``.
    """
    return (rolling_max(series, period) + rolling_min(series, period)) / 2.0


class MidpriceState:
    """``midprice`` fed bar by bar."""

    __slots__ = ("_high", "_low")

    def __init__(self, period: int) -> None:
        self._high = MaxState(period)
        self._low = MinState(period)

    def update(self, high: float, low: float) -> float:
        """Take one bar; return the middle, NaN during warm-up."""
        return (self._high.update(high) + self._low.update(low)) / 2.0


@indicator("high", "low", warmup=lambda period: period - 1, state=MidpriceState)
def midprice(high: FloatArray, low: FloatArray, period: int = 14) -> FloatArray:
    """Middle between the highest high and the lowest low of the last ``period`` bars.

    Source: TA-Lib MIDPRICE. Warm-up: ``period - 1``.
    """
    return (rolling_max(high, period) + rolling_min(low, period)) / 2.0


class Smoothed(NamedTuple, Generic[T]):
    """Outputs of ``heikin_ashi``."""

    open: T
    high: T
    low: T
    close: T


class HeikinAshiState:
    """``heikin_ashi`` fed bar by bar."""

    __slots__ = ("_close", "_open")

    def __init__(self) -> None:
        self._open = self._close = NAN

    def update(
        self,
        open_: float,
        high: float,
        low: float,
        close: float,
    ) -> Smoothed[float]:
        """Take one bar; return the smoothed one."""
        first = (open_ + close) / 2.0 if isnan(self._open) else (self._open + self._close) / 2.0
        self._open = first
        self._close = mean_row(open_, high, low, close)
        return Smoothed(
            first, max(high, first, self._close), min(low, first, self._close), self._close
        )


@indicator(
    "open",
    "high",
    "low",
    "close",
    warmup=lambda: 0,
    state=HeikinAshiState,
    outputs=Smoothed,
)
def heikin_ashi(
    open_: FloatArray,
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
) -> Smoothed[FloatArray]:
    """Smoothed bars: close is the bar's mean price, open the middle of the bar before.

    ``c = (o + h + l + c) / 4``, ``o = (o[-1] + c[-1]) / 2`` of the smoothed bars, high and low
    widened to hold both; the first open is ``(o + c) / 2``. Orders never fill at these prices.
    Source: Dan Valcu, *Stocks & Commodities* 22:2 (2004). Warm-up: none.
    """
    mean = mean_rows(open_, high, low, close)
    level = (float(open_[0]) + float(close[0])) / 2.0
    opens = [level]
    for value in mean[:-1].tolist():
        level = (level + value) / 2.0
        opens.append(level)
    first = np.array(opens)
    top = np.maximum(np.maximum(high, first), mean)
    bottom = np.minimum(np.minimum(low, first), mean)
    return Smoothed(first, top, bottom, mean)
