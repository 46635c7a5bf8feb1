"""Who pushes: oscillators of pressure within and between bars."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, log
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.block_sums import WindowState, block_windows, plain
from naru.ta.elementwise import ratio
from naru.ta.exact_sums import MeanState, mean_row, mean_rows, rolling_mean
from naru.ta.extremes import MaxState, MinState, rolling_max, rolling_min
from naru.ta.recursion import SeededState, seeded
from naru.ta.registry import indicator

T = TypeVar("T")


class BopState:
    """``bop`` fed bar by bar."""

    __slots__ = ()

    def update(self, open_: float, high: float, low: float, close: float) -> float:
        """Take one bar; return the balance."""
        return ratio(close - open_, high - low)


@indicator("open", "high", "low", "close", warmup=lambda: 0, state=BopState)
def bop(open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """Balance of power, -1 to 1: ``(c - o) / (h - l)``; 0 without a range.

    Source: Igor Livshin, *Stocks & Commodities* 19:8 (2001); TA-Lib BOP. Warm-up: none.
    """
    return ratio(close - open_, high - low)


class UltimateState:
    """``ultimate`` fed bar by bar."""

    __slots__ = ("_before", "_windows")

    def __init__(self, fast: int, middle: int, slow: int) -> None:
        self._windows = [
            WindowState(period, plain, _share, centered=False)
            for period in sorted((fast, middle, slow))
        ]
        self._before = NAN

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return the oscillator, NaN during warm-up."""
        before, self._before = self._before, close
        if isnan(before):
            return NAN
        floor = min(low, before)
        shares = [
            window.update(close - floor, max(high, before) - floor) for window in self._windows
        ]
        return 100.0 * (4.0 * shares[0] + 2.0 * shares[1] + shares[2]) / 7.0


def _share(sums: Sequence[Any], *_: Any) -> tuple[Any, ...]:
    part, whole = sums
    return (ratio(part, whole),)


@indicator(
    "high",
    "low",
    "close",
    warmup=max,
    state=UltimateState,
)
def ultimate(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    fast: int = 7,
    middle: int = 14,
    slow: int = 28,
) -> FloatArray:
    """Ultimate oscillator, 0 to 100: buying pressure over true range at three speeds.

    ``100 * (4 * a7 + 2 * a14 + a28) / 7``, each ``a`` the sum of ``c - min(l, c[-1])`` over the
    sum of the true range. Source: Larry Williams, *Stocks & Commodities* 3:4 (1985); TA-Lib
    ULTOSC. Warm-up: the longest period.
    """
    before = close[:-1]
    floor = np.minimum(low[1:], before)
    columns = close[1:] - floor, np.maximum(high[1:], before) - floor
    shares = [
        block_windows(columns, period, plain, _share, centered=False)[0]
        for period in sorted((fast, middle, slow))
    ]
    quick, calm, slowest = (share[len(share) - len(shares[2]) :] for share in shares)
    return 100.0 * (4.0 * quick + 2.0 * calm + slowest) / 7.0


class AwesomeState:
    """``awesome`` fed bar by bar."""

    __slots__ = ("_fast", "_slow")

    def __init__(self, fast: int, slow: int) -> None:
        self._fast = MeanState(fast)
        self._slow = MeanState(slow)

    def update(self, high: float, low: float) -> float:
        """Take one bar; return the difference, NaN during warm-up."""
        price = mean_row(high, low)
        return self._fast.update(price) - self._slow.update(price)


@indicator("high", "low", warmup=lambda fast, slow: max(fast, slow) - 1, state=AwesomeState)
def awesome(high: FloatArray, low: FloatArray, fast: int = 5, slow: int = 34) -> FloatArray:
    """Awesome oscillator: ``sma(fast) - sma(slow)`` of the bars' middles ``(h + l) / 2``.

    Source: Bill Williams, *Trading Chaos* (1995). Warm-up: ``max(fast, slow) - 1``.
    """
    price = mean_rows(high, low)
    quick, calm = rolling_mean(price, fast), rolling_mean(price, slow)
    rows = min(len(quick), len(calm))
    return quick[len(quick) - rows :] - calm[len(calm) - rows :]


class FisherState:
    """``fisher`` fed bar by bar."""

    __slots__ = ("_curve", "_high", "_low", "_value")

    def __init__(self, period: int) -> None:
        self._high = MaxState(period)
        self._low = MinState(period)
        self._value = self._curve = 0.0

    def update(self, high: float, low: float) -> float:
        """Take one bar; return the transform, NaN during warm-up."""
        price = mean_row(high, low)
        floor = self._low.update(price)
        span = self._high.update(price) - floor
        if isnan(span):
            return NAN
        return self.follow([(price - floor) / span if span else 0.5])[0]

    def follow(self, places: Sequence[float]) -> list[float]:
        """Take prices' places in their ranges, 0 to 1, in turn; return the transforms."""
        value, curve = self._value, self._curve
        curves: list[float] = []
        for place in places:
            value = 0.66 * (place - 0.5) + 0.67 * value
            if not -0.999 <= value <= 0.999:
                value = 0.999 if value > 0.0 else -0.999
            curve = 0.5 * log((1.0 + value) / (1.0 - value)) + 0.5 * curve
            curves.append(curve)
        self._value, self._curve = value, curve
        return curves


@indicator("high", "low", warmup=lambda period: period - 1, state=FisherState)
def fisher(high: FloatArray, low: FloatArray, period: int = 9) -> FloatArray:
    """Fisher transform of the price's place in its range: sharp turns near the extremes.

    ``v = 0.66 * ((p - lowest) / (highest - lowest) - 0.5) + 0.67 * v``, kept within +-0.999;
    ``y = 0.5 * ln((1 + v) / (1 - v)) + 0.5 * y``; ``p = (h + l) / 2``. Source: John F. Ehlers,
    *Stocks & Commodities* 20:11 (2002). Warm-up: ``period - 1``.
    """
    price = mean_rows(high, low)
    floor = rolling_min(price, period)
    span = rolling_max(price, period) - floor
    place = np.where(span == 0.0, 0.5, ratio(price[period - 1 :] - floor, span))
    return np.array(FisherState(period).follow(place.tolist()))


class ElderRay(NamedTuple, Generic[T]):
    """Outputs of ``elder_ray``."""

    bull: T
    bear: T


class ElderRayState:
    """``elder_ray`` fed bar by bar."""

    __slots__ = ("_average",)

    def __init__(self, period: int) -> None:
        self._average = SeededState(period, 2.0 / (period + 1))

    def update(self, high: float, low: float, close: float) -> ElderRay[float]:
        """Take one bar; return both powers, NaN during warm-up."""
        average = self._average.update(close)
        return ElderRay(high - average, low - average)


@indicator(
    "high",
    "low",
    "close",
    warmup=lambda period: period - 1,
    state=ElderRayState,
    outputs=ElderRay,
)
def elder_ray(
    high: FloatArray, low: FloatArray, close: FloatArray, period: int = 13
) -> ElderRay[FloatArray]:
    """Bull and bear power: how far high and low reach beyond ``ema(close, period)``.

    Source: Alexander Elder, *Trading for a Living* (1993). Warm-up: ``period - 1``.
    """
    average = seeded(close, period, 2.0 / (period + 1))
    return ElderRay(high[period - 1 :] - average, low[period - 1 :] - average)
