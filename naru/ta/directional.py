"""Wilder's directional movement: +DI, -DI, DX, ADX, ADXR."""

from __future__ import annotations

from collections import deque
from math import fsum, isnan

import numpy as np

from naru.ta.arrays import NAN, FloatArray, IntArray
from naru.ta.recursion import smooth
from naru.ta.registry import indicator
from naru.ta.volatility import TrueRangeState, bar_ranges

TWO = {"period": (2, 10**6)}  # TA-Lib leaves a period of 1 unscaled


def _movements(high: FloatArray, low: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the directional movements, plus and minus, of every bar but the first."""
    up = high[1:] - high[:-1]
    down = low[:-1] - low[1:]
    plus = np.where((up > down) & (up > 0.0), up, 0.0)
    minus = np.where((down > up) & (down > 0.0), down, 0.0)
    return plus, minus


def _wilder(values: FloatArray, period: int) -> FloatArray:
    """Return Wilder's running totals divided by ``period``; the first ``period - 1`` are added."""
    start = fsum(values[: period - 1].tolist()) / period
    return smooth(start, values[period - 1 :], 1.0 / period)


def _indices(
    high: FloatArray, low: FloatArray, close: FloatArray, period: int
) -> tuple[FloatArray, FloatArray]:
    """Return +DI and -DI from row ``period`` on."""
    ranges = _wilder(bar_ranges(high, low, close), period)[1:]
    still = np.flatnonzero(ranges == 0.0)

    def share(moves: FloatArray) -> FloatArray:
        total = _wilder(moves, period)[1:]
        np.divide(total, ranges, out=total)
        np.multiply(total, 100.0, out=total)
        total[still] = 0.0
        return total

    plus, minus = _movements(high, low)
    return share(plus), share(minus)


class _WilderState:
    """A running total of Wilder's, divided by the period."""

    __slots__ = ("_gain", "_level", "_period", "_seed")

    def __init__(self, period: int) -> None:
        self._period = period
        self._gain = 1.0 / period
        self._seed: list[float] = []
        self._level = NAN

    def update(self, value: float) -> float:
        if not isnan(self._level):
            self._level += self._gain * (value - self._level)
            return self._level
        self._seed.append(value)
        if len(self._seed) == self._period - 1:
            self._level = fsum(self._seed) / self._period
        return NAN


class DirectionState:
    """+DI and -DI fed one by one."""

    __slots__ = ("_high", "_low", "_minus", "_period", "_plus", "_range", "_ranges")

    def __init__(self, period: int) -> None:
        self._period = period
        self._plus = _WilderState(period)
        self._minus = _WilderState(period)
        self._ranges = _WilderState(period)
        self._range = TrueRangeState()
        self._high = self._low = NAN

    def both(self, high: float, low: float, close: float) -> tuple[float, float]:
        """Take one bar; return +DI and -DI, NaN during warm-up."""
        up, down = high - self._high, self._low - low
        self._high, self._low = high, low
        span = self._range.update(high, low, close)
        if isnan(span):
            return NAN, NAN
        ranges = self._ranges.update(span)
        plus = self._plus.update(up if up > down and up > 0.0 else 0.0)
        minus = self._minus.update(down if down > up and down > 0.0 else 0.0)
        if not ranges:
            return 0.0, 0.0
        return 100.0 * (plus / ranges), 100.0 * (minus / ranges)


class PlusDiState(DirectionState):
    """``plus_di`` fed one by one."""

    __slots__ = ()

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return +DI, NaN during warm-up."""
        return self.both(high, low, close)[0]


@indicator("high", "low", "close", warmup=lambda period: period, state=PlusDiState, limits=TWO)
def plus_di(high: FloatArray, low: FloatArray, close: FloatArray, period: int = 14) -> FloatArray:
    """Positive directional indicator: share of upward movement in the true range, in percent.

    Movement counts on the side whose extreme moved further. Running totals start with the sum of
    the first ``period - 1`` bars, then ``total += x - total / period``. 0 where the range is 0.
    Source: J. Welles Wilder, *New Concepts in Technical Trading Systems* (1978); TA-Lib PLUS_DI.
    Warm-up: ``period``.
    """
    return _indices(high, low, close, period)[0]


class MinusDiState(DirectionState):
    """``minus_di`` fed one by one."""

    __slots__ = ()

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return -DI, NaN during warm-up."""
        return self.both(high, low, close)[1]


@indicator("high", "low", "close", warmup=lambda period: period, state=MinusDiState, limits=TWO)
def minus_di(high: FloatArray, low: FloatArray, close: FloatArray, period: int = 14) -> FloatArray:
    """Negative directional indicator: share of downward movement in the true range, in percent.

    As ``plus_di``, for the other side. Source: Wilder (1978); TA-Lib MINUS_DI.
    Warm-up: ``period``.
    """
    return _indices(high, low, close, period)[1]


def _index(
    high: FloatArray, low: FloatArray, close: FloatArray, period: int
) -> tuple[FloatArray, IntArray | None]:
    """Return the directional index where it is defined, and how many are, up to each row.

    None instead of the counts where all are.
    """
    plus, minus = _indices(high, low, close, period)
    total = plus + minus
    np.subtract(plus, minus, out=plus)
    np.abs(plus, out=plus)
    defined = total != 0.0
    if defined.all():
        count = None
    else:
        count = np.cumsum(defined)
        plus, total = plus[defined], total[defined]
    np.divide(plus, total, out=plus)
    np.multiply(plus, 100.0, out=plus)
    return plus, count


class DxState(DirectionState):
    """``dx`` fed one by one."""

    __slots__ = ("_index",)

    def __init__(self, period: int) -> None:
        super().__init__(period)
        self._index = 0.0

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return the index, NaN during warm-up."""
        index = self.defined(high, low, close)
        if index is not None:
            if isnan(index):
                return NAN
            self._index = index
        return self._index

    def defined(self, high: float, low: float, close: float) -> float | None:
        """Take one bar; return the index, NaN during warm-up, None without any movement."""
        plus, minus = self.both(high, low, close)
        total = plus + minus
        if not total:
            return None
        return 100.0 * (abs(plus - minus) / total)


@indicator("high", "low", "close", warmup=lambda period: period, state=DxState, limits=TWO)
def dx(high: FloatArray, low: FloatArray, close: FloatArray, period: int = 14) -> FloatArray:
    """Directional movement index: ``100 * |+DI - -DI| / (+DI + -DI)``.

    Without any movement the value before is kept (0 at the start). Source: Wilder (1978);
    TA-Lib DX. Warm-up: ``period``.
    """
    index, count = _index(high, low, close, period)
    if count is None:
        return index
    filled: FloatArray = np.concatenate(([0.0], index))[count]
    return filled


class AdxState(DxState):
    """``adx`` fed one by one."""

    __slots__ = ("_level", "_seed")

    def __init__(self, period: int) -> None:
        super().__init__(period)
        self._seed: list[float] = []
        self._level = NAN

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return the average index, NaN during warm-up."""
        index = self.defined(high, low, close)
        if not isnan(self._level):
            if index is not None:
                self._level += (1.0 / self._period) * (index - self._level)
        elif index is None or not isnan(index):
            self._seed.append(0.0 if index is None else index)
            if len(self._seed) == self._period:
                self._level = fsum(self._seed) / self._period
        return self._level


def _average_index(high: FloatArray, low: FloatArray, close: FloatArray, period: int) -> FloatArray:
    index, count = _index(high, low, close, period)
    seeds = period if count is None else int(count[period - 1])
    start = fsum(index[:seeds].tolist()) / period
    level = smooth(start, index[seeds:], 1.0 / period)
    return level if count is None else level[count[period - 1 :] - seeds]


@indicator(
    "high",
    "low",
    "close",
    warmup=lambda period: 2 * period - 1,
    state=AdxState,
    limits=TWO,
)
def adx(high: FloatArray, low: FloatArray, close: FloatArray, period: int = 14) -> FloatArray:
    """Average directional movement index: Wilder's average of ``dx``, 0 to 100.

    Seeded with the mean of the first ``period`` indices; bars without movement leave it as it
    is. Source: J. Welles Wilder, *New Concepts in Technical Trading Systems* (1978); TA-Lib ADX.
    Warm-up: ``2 * period - 1``.
    """
    return _average_index(high, low, close, period)


class AdxrState(AdxState):
    """``adxr`` fed one by one."""

    __slots__ = ("_past",)

    def __init__(self, period: int) -> None:
        super().__init__(period)
        self._past: deque[float] = deque(maxlen=period)

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return the rating, NaN during warm-up."""
        level = super().update(high, low, close)
        self._past.append(level)
        return (level + self._past[0]) / 2.0 if len(self._past) == self._period else NAN


@indicator(
    "high",
    "low",
    "close",
    warmup=lambda period: 3 * period - 2,
    state=AdxrState,
    limits=TWO,
)
def adxr(high: FloatArray, low: FloatArray, close: FloatArray, period: int = 14) -> FloatArray:
    """Directional movement rating: mean of ``adx`` now and ``period - 1`` bars ago.

    Source: Wilder (1978); TA-Lib ADXR. Warm-up: ``3 * period - 2``.
    """
    average = _average_index(high, low, close, period)
    return (average[period - 1 :] + average[: len(average) - period + 1]) / 2.0
