"""Bands and channels around the price."""

from __future__ import annotations

from math import isnan
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.elementwise import ratio
from naru.ta.exact_sums import MeanState, rolling_mean
from naru.ta.exponential import EmaState, ema_gain
from naru.ta.extremes import MaxState, MinState, rolling_max, rolling_min
from naru.ta.recursion import seeded
from naru.ta.registry import indicator
from naru.ta.statistics import StddevState, window_stddev
from naru.ta.volatility import AtrState, bar_ranges

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
    spread = width * window_stddev(series, period)
    return Bands(middle + spread, middle, middle - spread)


class BandwidthState:
    """``bollinger_bandwidth`` fed one by one."""

    __slots__ = ("_bands",)

    def __init__(self, period: int, width: float) -> None:
        self._bands = BollingerState(period, width)

    def update(self, value: float) -> float:
        """Take one value; return the width, NaN during warm-up."""
        upper, middle, lower = self._bands.update(value)
        return middle if isnan(middle) else ratio(upper - lower, middle)


@indicator("series", warmup=lambda period, width: period - 1, state=BandwidthState)
def bollinger_bandwidth(series: FloatArray, period: int = 20, width: float = 2.0) -> FloatArray:
    """Width of the Bollinger bands as a fraction of the middle: ``(upper - lower) / middle``.

    Low values mark a squeeze; 0 where the middle is 0. Source: John Bollinger, *Bollinger on
    Bollinger Bands* (2001). Warm-up: ``period - 1``.
    """
    middle = rolling_mean(series, period)
    spread = width * window_stddev(series, period)
    return ratio((middle + spread) - (middle - spread), middle)


class PercentBState(BandwidthState):
    """``bollinger_percent_b`` fed one by one."""

    __slots__ = ()

    def update(self, value: float) -> float:
        """Take one value; return its place, NaN during warm-up."""
        upper, _middle, lower = self._bands.update(value)
        if isnan(upper):
            return NAN
        return (value - lower) / (upper - lower) if upper != lower else 0.5


@indicator("series", warmup=lambda period, width: period - 1, state=PercentBState)
def bollinger_percent_b(series: FloatArray, period: int = 20, width: float = 2.0) -> FloatArray:
    """Where the value stands within its bands: 0 on the lower, 1 on the upper, 0.5 if they meet.

    ``(x - lower) / (upper - lower)``. Source: John Bollinger, *Bollinger on Bollinger Bands*
    (2001). Warm-up: ``period - 1``.
    """
    middle = rolling_mean(series, period)
    spread = width * window_stddev(series, period)
    upper, lower = middle + spread, middle - spread
    return np.where(upper == lower, 0.5, ratio(series[period - 1 :] - lower, upper - lower))


class DonchianState:
    """``donchian`` fed bar by bar."""

    __slots__ = ("_high", "_low")

    def __init__(self, period: int) -> None:
        self._high = MaxState(period)
        self._low = MinState(period)

    def update(self, high: float, low: float) -> Bands[float]:
        """Take one bar; return the channel, NaN during warm-up."""
        upper, lower = self._high.update(high), self._low.update(low)
        return Bands(upper, (upper + lower) / 2.0, lower)


@indicator("high", "low", warmup=lambda period: period - 1, state=DonchianState, outputs=Bands)
def donchian(high: FloatArray, low: FloatArray, period: int = 20) -> Bands[FloatArray]:
    """Donchian channel: highest high, lowest low and their middle, the newest bar included.

    A breakout is a close beyond the channel of the bar *before*. Source: Richard D. Donchian,
    *Commodities Year Book* (1960). Warm-up: ``period - 1``.
    """
    upper, lower = rolling_max(high, period), rolling_min(low, period)
    return Bands(upper, (upper + lower) / 2.0, lower)


class KeltnerState:
    """``keltner`` fed bar by bar."""

    __slots__ = ("_middle", "_range", "_width")

    def __init__(self, period: int, width: float, atr_period: int) -> None:
        self._middle = EmaState(period)
        self._range = AtrState(atr_period)
        self._width = width

    def update(self, high: float, low: float, close: float) -> Bands[float]:
        """Take one bar; return the channel, NaN during warm-up."""
        spread = self._width * self._range.update(high, low, close)
        middle = self._middle.update(close)
        if isnan(spread) or isnan(middle):
            return Bands(NAN, NAN, NAN)
        return Bands(middle + spread, middle, middle - spread)


@indicator(
    "high",
    "low",
    "close",
    warmup=lambda period, width, atr_period: max(period - 1, atr_period),
    state=KeltnerState,
    outputs=Bands,
)
def keltner(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    period: int = 20,
    width: float = 2.0,
    atr_period: int = 10,
) -> Bands[FloatArray]:
    """Keltner channel: ``ema(close, period) +- width * atr(atr_period)``.

    Source: Chester W. Keltner, *How to Make Money in Commodities* (1960), in the form of Linda
    Bradford Raschke. Warm-up: ``max(period - 1, atr_period)``.
    """
    middle = seeded(close, period, ema_gain(period))
    spread = width * seeded(bar_ranges(high, low, close), atr_period, 1.0 / atr_period)
    rows = min(len(middle), len(spread))
    middle, spread = middle[len(middle) - rows :], spread[len(spread) - rows :]
    return Bands(middle + spread, middle, middle - spread)


class EnvelopeState:
    """``envelope`` fed one by one."""

    __slots__ = ("_mean", "_share")

    def __init__(self, period: int, share: float) -> None:
        self._mean = MeanState(period)
        self._share = share

    def update(self, value: float) -> Bands[float]:
        """Take one value; return the bands, NaN during warm-up."""
        middle = self._mean.update(value)
        return Bands(middle * (1.0 + self._share), middle, middle * (1.0 - self._share))


@indicator("series", warmup=lambda period, share: period - 1, state=EnvelopeState, outputs=Bands)
def envelope(series: FloatArray, period: int = 20, share: float = 0.025) -> Bands[FloatArray]:
    """Simple average and the same moved up and down by a fraction: ``sma * (1 +- share)``.

    Source: J. M. Hurst, *The Profit Magic of Stock Transaction Timing* (1970).
    Warm-up: ``period - 1``.
    """
    middle = rolling_mean(series, period)
    return Bands(middle * (1.0 + share), middle, middle * (1.0 - share))
