"""Rates of change and differences of averages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isnan
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.elementwise import ratio
from naru.ta.errors import IndicatorArgumentError
from naru.ta.exact_sums import (
    LinearMeanState,
    MeanState,
    rolling_linear_mean,
    rolling_mean,
)
from naru.ta.exponential import EmaState, ema_gain
from naru.ta.memory import LagState
from naru.ta.recursion import seeded
from naru.ta.registry import indicator

T = TypeVar("T")
AVERAGES = ("sma", "ema", "wma")


class MomentumState:
    """``mom`` fed one by one."""

    __slots__ = ("_past",)

    def __init__(self, period: int) -> None:
        self._past = LagState(period)

    def update(self, value: float) -> float:
        """Take one value; return the change, NaN during warm-up."""
        return value - self._past.update(value)


@indicator("series", warmup=lambda period: period, state=MomentumState)
def mom(series: FloatArray, period: int = 10) -> FloatArray:
    """Momentum: the change over ``period`` bars, ``x - x[-period]``.

    Source: TA-Lib MOM. Warm-up: ``period``.
    """
    return series[period:] - series[:-period]


class RocState(MomentumState):
    """``roc`` fed one by one."""

    __slots__ = ()

    def update(self, value: float) -> float:
        """Take one value; return the rate, NaN during warm-up."""
        past = self._past.update(value)
        return past if isnan(past) else 100.0 * ratio(value - past, past)


def rate_of_change(values: FloatArray, period: int) -> FloatArray:
    """Return the relative change over ``period`` rows in percent; 0 after a value of 0."""
    past = values[:-period]
    return 100.0 * ratio(values[period:] - past, past)


@indicator("series", warmup=lambda period: period, state=RocState)
def roc(series: FloatArray, period: int = 10) -> FloatArray:
    """Rate of change in percent: ``100 * (x - x[-period]) / x[-period]``; 0 after a value of 0.

    Source: TA-Lib ROC. Warm-up: ``period``.
    """
    return rate_of_change(series, period)


class LogReturnState(MomentumState):
    """``log_return`` fed one by one."""

    __slots__ = ()

    def update(self, value: float) -> float:
        """Take one value; return the logarithm of its growth, NaN during warm-up."""
        past = self._past.update(value)
        if isnan(past):
            return NAN
        return float(np.log(value / past)) if value > 0.0 and past > 0.0 else 0.0


def log_growth(values: FloatArray, lag: int) -> FloatArray:
    """Return ``ln(x / x[-lag])``; 0 where one of them is not positive."""
    now, past = values[lag:], values[:-lag]
    return np.where((now > 0.0) & (past > 0.0), np.log(now / past), 0.0)


@indicator("series", warmup=lambda period: period, state=LogReturnState)
def log_return(series: FloatArray, period: int = 1) -> FloatArray:
    """Logarithmic return over ``period`` bars: ``ln(x / x[-period])``.

    0 where a value is not positive. Source: any textbook of finance. Warm-up: ``period``.
    """
    return log_growth(series, period)


def _average_state(average: str, period: int) -> Any:
    states: dict[str, Callable[[int], Any]] = {
        "sma": MeanState,
        "ema": EmaState,
        "wma": LinearMeanState,
    }
    return states[average](period)


def _average(values: FloatArray, average: str, period: int) -> FloatArray:
    if average == "sma":
        return rolling_mean(values, period)
    if average == "wma":
        return rolling_linear_mean(values, period)
    return seeded(values, period, ema_gain(period))


def averages_apart(
    values: FloatArray, fast: int, slow: int, average: str
) -> tuple[FloatArray, FloatArray]:
    """Return the fast and the slow average of the rows that have both."""
    return _average(values, average, fast)[slow - fast :], _average(values, average, slow)


def check_fast_slow(fast: int, slow: int, *_: object) -> None:
    """Raise IndicatorArgumentError unless ``fast < slow``."""
    if fast >= slow:
        raise IndicatorArgumentError("fast", f"must be below slow ({slow}), not {fast}")


class ApartState:
    """Two averages fed one by one."""

    __slots__ = ("_fast", "_slow")

    def __init__(self, fast: int, slow: int, average: str) -> None:
        self._fast = _average_state(average, fast)
        self._slow = _average_state(average, slow)

    def both(self, value: float) -> tuple[float, float]:
        """Take one value; return both averages, NaN during warm-up."""
        return self._fast.update(value), self._slow.update(value)


class ApoState(ApartState):
    """``apo`` fed one by one."""

    __slots__ = ()

    def update(self, value: float) -> float:
        """Take one value; return the difference, NaN during warm-up."""
        fast, slow = self.both(value)
        return fast - slow


@indicator(
    "series",
    warmup=lambda fast, slow, average: slow - 1,
    state=ApoState,
    choices={"average": AVERAGES},
    check=check_fast_slow,
)
def apo(series: FloatArray, fast: int = 12, slow: int = 26, average: str = "ema") -> FloatArray:
    """Absolute price oscillator: the fast average minus the slow one.

    ``average`` is "ema" (as TA-Lib's default), "sma" or "wma". Source: TA-Lib APO.
    Warm-up: ``slow - 1``.
    """
    quick, calm = averages_apart(series, fast, slow, average)
    return quick - calm


class PpoState(ApartState):
    """``ppo`` fed one by one."""

    __slots__ = ()

    def update(self, value: float) -> float:
        """Take one value; return the difference in percent, NaN during warm-up."""
        fast, slow = self.both(value)
        return slow if isnan(slow) else 100.0 * ratio(fast - slow, slow)


@indicator(
    "series",
    warmup=lambda fast, slow, average: slow - 1,
    state=PpoState,
    choices={"average": AVERAGES},
    check=check_fast_slow,
)
def ppo(series: FloatArray, fast: int = 12, slow: int = 26, average: str = "ema") -> FloatArray:
    """Percentage price oscillator: ``100 * (fast average - slow average) / slow average``.

    ``average`` is "ema" (as TA-Lib's default), "sma" or "wma"; 0 where the slow one is 0.
    Source: TA-Lib PPO. Warm-up: ``slow - 1``.
    """
    quick, calm = averages_apart(series, fast, slow, average)
    return 100.0 * ratio(quick - calm, calm)


class DpoState:
    """``dpo`` fed one by one."""

    __slots__ = ("_average", "_past")

    def __init__(self, period: int) -> None:
        self._average = MeanState(period)
        self._past = LagState(period // 2 + 1)

    def update(self, value: float) -> float:
        """Take one value; return the distance, NaN during warm-up."""
        return self._past.update(value) - self._average.update(value)


@indicator("series", warmup=lambda period: max(period - 1, period // 2 + 1), state=DpoState)
def dpo(series: FloatArray, period: int = 20) -> FloatArray:
    """Detrended price: the value of ``period // 2 + 1`` bars ago minus ``sma(period)`` of now.

    Not shifted into the past, so nothing reads the future. Source: Walt Bressert, *The Power of
    Oscillator/Cycle Combinations* (1991). Warm-up: the larger of ``period - 1`` and the lag.
    """
    lag = period // 2 + 1
    mean = rolling_mean(series, period)
    rows = min(len(mean), len(series) - lag)
    return series[len(series) - lag - rows : len(series) - lag] - mean[len(mean) - rows :]


class CoppockState:
    """``coppock`` fed one by one."""

    __slots__ = ("_average", "_long", "_short")

    def __init__(self, long: int, short: int, period: int) -> None:
        self._long = RocState(long)
        self._short = RocState(short)
        self._average = LinearMeanState(period)

    def update(self, value: float) -> float:
        """Take one value; return the curve, NaN during warm-up."""
        both = self._long.update(value) + self._short.update(value)
        return both if isnan(both) else self._average.update(both)


@indicator(
    "series",
    warmup=lambda long, short, period: max(long, short) + period - 1,
    state=CoppockState,
)
def coppock(series: FloatArray, long: int = 14, short: int = 11, period: int = 10) -> FloatArray:
    """Coppock's curve: ``wma(roc(long) + roc(short), period)``, made for monthly bars.

    Source: Edwin S. C. Coppock, *Barron's* (October 1962).
    Warm-up: ``max(long, short) + period - 1``.
    """
    slow, quick = rate_of_change(series, long), rate_of_change(series, short)
    rows = min(len(slow), len(quick))
    return rolling_linear_mean(slow[len(slow) - rows :] + quick[len(quick) - rows :], period)


class Kst(NamedTuple, Generic[T]):
    """Outputs of ``kst``."""

    kst: T
    signal: T


KST_PARTS = ((10, 10), (15, 10), (20, 10), (30, 15))  # rate of change, its average


class KstState:
    """``kst`` fed one by one."""

    __slots__ = ("_parts", "_signal")

    def __init__(self, signal: int) -> None:
        self._parts = [(RocState(rate), MeanState(period)) for rate, period in KST_PARTS]
        self._signal = MeanState(signal)

    def update(self, value: float) -> Kst[float]:
        """Take one value; return both lines, NaN during warm-up."""
        parts = []
        for rate, average in self._parts:
            change = rate.update(value)
            parts.append(change if isnan(change) else average.update(change))
        line = _weighed(parts)
        signal = line if isnan(line) else self._signal.update(line)
        return Kst(signal if isnan(signal) else line, signal)


def _weighed(parts: Sequence[Any]) -> Any:
    """Return the sum of the four parts, weighted 1 to 4."""
    first, second, third, fourth = parts
    return first + 2.0 * second + 3.0 * third + 4.0 * fourth


@indicator("series", warmup=lambda signal: 43 + signal, state=KstState, outputs=Kst)
def kst(series: FloatArray, signal: int = 9) -> Kst[FloatArray]:
    """Know sure thing: four averaged rates of change, weighted 1 to 4, and their average.

    ``sma(roc(10), 10) + 2 * sma(roc(15), 10) + 3 * sma(roc(20), 10) + 4 * sma(roc(30), 15)``;
    ``signal`` bars of simple average. Source: Martin J. Pring, *Stocks & Commodities* 10:9
    (1992). Warm-up: ``43 + signal``.
    """
    parts = [rolling_mean(rate_of_change(series, rate), period) for rate, period in KST_PARTS]
    rows = len(parts[-1])
    line = _weighed([part[len(part) - rows :] for part in parts])
    return Kst(line[signal - 1 :], rolling_mean(line, signal))
