"""Oscillators made of averaged changes: RSI, MACD and their kin."""

from __future__ import annotations

from math import isnan
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.errors import IndicatorArgumentError
from naru.ta.exponential import ema_gain
from naru.ta.recursion import SeededState, seeded
from naru.ta.registry import indicator

T = TypeVar("T")


class RsiState:
    """``rsi`` fed one by one."""

    __slots__ = ("_before", "_gain", "_loss")

    def __init__(self, period: int) -> None:
        self._gain = SeededState(period, 1.0 / period)
        self._loss = SeededState(period, 1.0 / period)
        self._before = NAN

    def update(self, value: float) -> float:
        """Take one value; return the index, NaN during warm-up."""
        change = value - self._before
        self._before = value
        if isnan(change):
            return NAN
        gain = self._gain.update(max(change, 0.0))
        loss = self._loss.update(max(-change, 0.0))
        total = gain + loss
        return 100.0 * (gain / total) if total else 0.0


@indicator("series", warmup=lambda period: period, state=RsiState, limits={"period": (2, 10**6)})
def rsi(series: FloatArray, period: int = 14) -> FloatArray:
    """Relative strength index: ``100 * gain / (gain + loss)`` of Wilder-smoothed moves, 0 to 100.

    Gains and losses are seeded with the mean of the first ``period`` moves. A series that does
    not move at all has 0, as in TA-Lib. Source: J. Welles Wilder, *New Concepts in Technical
    Trading Systems* (1978); TA-Lib RSI. Warm-up: ``period``.
    """
    change = np.diff(series)
    gain = seeded(np.maximum(change, 0.0), period, 1.0 / period)
    np.negative(change, out=change)
    np.maximum(change, 0.0, out=change)
    change += 0.0  # a negative zero must not reach the sums
    total = seeded(change, period, 1.0 / period)
    total += gain
    ratio = np.divide(gain, total, out=gain)
    ratio *= 100.0
    ratio[total == 0.0] = 0.0
    return ratio


class Macd(NamedTuple, Generic[T]):
    """Outputs of ``macd``."""

    macd: T
    signal: T
    histogram: T


def _check_macd(fast: int, slow: int, signal: int) -> None:
    if fast >= slow:
        raise IndicatorArgumentError("fast", f"must be below slow ({slow}), not {fast}")


class MacdState:
    """``macd`` fed one by one."""

    __slots__ = ("_fast", "_signal", "_slow", "_wait")

    def __init__(self, fast: int, slow: int, signal: int) -> None:
        self._fast = SeededState(fast, ema_gain(fast))
        self._slow = SeededState(slow, ema_gain(slow))
        self._signal = SeededState(signal, ema_gain(signal))
        self._wait = slow - fast

    def update(self, value: float) -> Macd[float]:
        """Take one value; return the three lines, NaN during warm-up."""
        slow = self._slow.update(value)
        if self._wait:
            self._wait -= 1
            return Macd(NAN, NAN, NAN)
        line = self._fast.update(value) - slow
        if isnan(line):
            return Macd(NAN, NAN, NAN)
        signal = self._signal.update(line)
        if isnan(signal):
            return Macd(NAN, NAN, NAN)
        return Macd(line, signal, line - signal)


@indicator(
    "series",
    warmup=lambda fast, slow, signal: slow + signal - 2,
    state=MacdState,
    outputs=Macd,
    check=_check_macd,
)
def macd(series: FloatArray, fast: int = 12, slow: int = 26, signal: int = 9) -> Macd[FloatArray]:
    """Moving average convergence/divergence: ``ema(fast) - ema(slow)``, and its own average.

    ``signal`` is the ``signal``-bar EMA of the line, ``histogram`` their difference. As in TA-Lib
    the fast average is seeded with the ``fast`` values that end where the slow one starts.
    Source: Gerald Appel, *Technical Analysis: Power Tools for Active Investors* (2005); TA-Lib
    MACD. Warm-up: ``slow + signal - 2``.
    """
    quick = seeded(series[slow - fast :], fast, ema_gain(fast))
    line = quick - seeded(series, slow, ema_gain(slow))
    average = seeded(line, signal, ema_gain(signal))
    line = line[signal - 1 :]
    return Macd(line, average, line - average)
