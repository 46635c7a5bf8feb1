"""Where the price stands within its recent range."""

from __future__ import annotations

from math import isnan
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.elementwise import ratio
from naru.ta.exact_sums import MeanState, rolling_mean, sum_row, sum_rows
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
from naru.ta.statistics import DeviationState, mean_deviation

T = TypeVar("T")


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


class CciState:
    """``cci`` fed one by one; takes time in proportion to the period."""

    __slots__ = ("_deviation",)

    def __init__(self, period: int) -> None:
        self._deviation = DeviationState(period)

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return the index, NaN during warm-up."""
        price = sum_row(high, low, close)
        deviation = self._deviation.update(price)
        if isnan(deviation):
            return NAN
        return ratio(price - self._deviation.mean, 0.015 * deviation)


@indicator("high", "low", "close", warmup=lambda period: period - 1, state=CciState)
def cci(high: FloatArray, low: FloatArray, close: FloatArray, period: int = 20) -> FloatArray:
    """Commodity channel index: ``(tp - sma(tp)) / (0.015 * mean deviation)``.

    ``tp = (h + l + c) / 3``; the mean deviation is the mean distance of the window's values from
    their mean; 0 where that is 0. Source: Donald R. Lambert, *Commodities* (October 1980); TA-Lib
    CCI. Warm-up: ``period - 1``.
    """
    price = sum_rows(high, low, close)  # three times tp: the factor cancels out
    mean = rolling_mean(price, period)
    deviation = mean_deviation(price, mean, period)
    return ratio(price[period - 1 :] - mean, 0.015 * deviation)


class FastStochasticState:
    """``stochastic_fast`` fed bar by bar."""

    __slots__ = ("_d", "_raw")

    def __init__(self, period: int, d_period: int) -> None:
        self._raw = RawStochasticState(period)
        self._d = MeanState(d_period)

    def update(self, high: float, low: float, close: float) -> Stochastic[float]:
        """Take one bar; return both lines, NaN during warm-up."""
        k = self._raw.update(high, low, close)
        d = k if isnan(k) else self._d.update(k)
        return Stochastic(d if isnan(d) else k, d)


@indicator(
    "high",
    "low",
    "close",
    warmup=lambda period, d_period: period + d_period - 2,
    state=FastStochasticState,
    outputs=Stochastic,
)
def stochastic_fast(
    high: FloatArray, low: FloatArray, close: FloatArray, period: int = 14, d_period: int = 3
) -> Stochastic[FloatArray]:
    """Fast stochastic oscillator, 0 to 100: the unsmoothed place in the range, and its average.

    ``k = 100 * (c - lowest) / (highest - lowest)`` over ``period`` bars (0 without a range),
    ``d = sma(k, d_period)``. Source: George C. Lane, *Lane's Stochastics* (1984); TA-Lib STOCHF.
    Warm-up: ``period + d_period - 2``.
    """
    k = raw_stochastic(high, low, close, period)
    return Stochastic(k[d_period - 1 :], rolling_mean(k, d_period))


class WilliamsState(RawStochasticState):
    """``williams_r`` fed bar by bar."""

    __slots__ = ()

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return the oscillator, NaN during warm-up."""
        top = self._high.update(high)
        return -100.0 * ratio(top - close, top - self._low.update(low))


@indicator("high", "low", "close", warmup=lambda period: period - 1, state=WilliamsState)
def williams_r(
    high: FloatArray, low: FloatArray, close: FloatArray, period: int = 14
) -> FloatArray:
    """Williams' %R, -100 to 0: ``-100 * (highest - c) / (highest - lowest)``; 0 without a range.

    Source: Larry R. Williams, *How I Made One Million Dollars* (1973); TA-Lib WILLR.
    Warm-up: ``period - 1``.
    """
    top = rolling_max(high, period)
    return -100.0 * ratio(top - close[period - 1 :], top - rolling_min(low, period))


class Aroon(NamedTuple, Generic[T]):
    """Outputs of ``aroon``, in TA-Lib's order."""

    down: T
    up: T


class AroonState:
    """``aroon`` fed bar by bar."""

    __slots__ = ("_high", "_low", "_period")

    def __init__(self, period: int) -> None:
        self._high = SinceMaxState(period + 1)
        self._low = SinceMinState(period + 1)
        self._period = period

    def update(self, high: float, low: float) -> Aroon[float]:
        """Take one bar; return both lines, NaN during warm-up."""
        period = self._period
        return Aroon(
            100.0 * (period - self._low.update(low)) / period,
            100.0 * (period - self._high.update(high)) / period,
        )


def _aroon(high: FloatArray, low: FloatArray, period: int) -> Aroon[FloatArray]:
    return Aroon(
        100.0 * (period - bars_since_max(-low, period + 1)) / period,
        100.0 * (period - bars_since_max(high, period + 1)) / period,
    )


@indicator("high", "low", warmup=lambda period: period, state=AroonState, outputs=Aroon)
def aroon(high: FloatArray, low: FloatArray, period: int = 14) -> Aroon[FloatArray]:
    """Aroon, 0 to 100: how recent the last low (``down``) and the last high (``up``) are.

    ``100 * (period - bars since the extreme) / period`` over ``period + 1`` bars; of equal
    extremes the newest counts. Source: Tushar S. Chande, *Stocks & Commodities* 13:9 (1995);
    TA-Lib AROON. Warm-up: ``period``.
    """
    return _aroon(high, low, period)


class AroonOscillatorState(AroonState):
    """``aroon_oscillator`` fed bar by bar."""

    __slots__ = ()

    def update(self, high: float, low: float) -> float:  # type: ignore[override]
        """Take one bar; return the difference, NaN during warm-up."""
        down, up = super().update(high, low)
        return up - down


@indicator("high", "low", warmup=lambda period: period, state=AroonOscillatorState)
def aroon_oscillator(high: FloatArray, low: FloatArray, period: int = 14) -> FloatArray:
    """Aroon up minus Aroon down, -100 to 100.

    Source: Tushar S. Chande, *Stocks & Commodities* 13:9 (1995); TA-Lib AROONOSC.
    Warm-up: ``period``.
    """
    down, up = _aroon(high, low, period)
    return up - down
