"""Oscillators made of averaged changes: RSI, MACD and their kin."""

from __future__ import annotations

from math import isnan
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.elementwise import ratio
from naru.ta.exact_sums import MeanState, rolling_mean
from naru.ta.exponential import CascadeState, EmaState, RmaState, cascade, ema_gain
from naru.ta.oscillators import RawStochasticState, Stochastic, raw_stochastic
from naru.ta.rates import RocState, check_fast_slow, rate_of_change
from naru.ta.recursion import seeded
from naru.ta.registry import indicator

T = TypeVar("T")
TWO = {"period": (2, 10**6)}


class RsiState:
    """``rsi`` fed one by one."""

    __slots__ = ("_before", "_gain", "_loss")

    def __init__(self, period: int) -> None:
        self._gain = RmaState(period)
        self._loss = RmaState(period)
        self._before = NAN

    def moves(self, value: float) -> tuple[float, float]:
        """Take one value; return the average gain and loss, NaN during warm-up."""
        change = value - self._before
        self._before = value
        if isnan(change):
            return NAN, NAN
        return self._gain.update(max(change, 0.0)), self._loss.update(max(-change, 0.0))

    def update(self, value: float) -> float:
        """Take one value; return the index, NaN during warm-up."""
        gain, loss = self.moves(value)
        total = gain + loss
        return 100.0 * (gain / total) if total else 0.0


def _wilder_moves(values: FloatArray, period: int) -> tuple[FloatArray, FloatArray]:
    """Return Wilder's averages of gains and losses."""
    change = np.diff(values)
    gain = np.maximum(change, 0.0)
    loss = np.subtract(gain, change, out=change)
    return seeded(gain, period, 1.0 / period), seeded(loss, period, 1.0 / period)


def strength(values: FloatArray, period: int) -> FloatArray:
    """Return the relative strength index of the rows that have one."""
    gain, total = _wilder_moves(values, period)
    total += gain
    gain /= total
    gain *= 100.0
    gain[total == 0.0] = 0.0
    return gain


@indicator("series", warmup=lambda period: period, state=RsiState, limits=TWO)
def rsi(series: FloatArray, period: int = 14) -> FloatArray:
    """Relative strength index: ``100 * gain / (gain + loss)`` of Wilder-smoothed moves, 0 to 100.

    Gains and losses are seeded with the mean of the first ``period`` moves. A series that does
    not move at all has 0, as in TA-Lib. Source: J. Welles Wilder, *New Concepts in Technical
    Trading Systems* (1978); TA-Lib RSI. Warm-up: ``period``.
    """
    return strength(series, period)


class Macd(NamedTuple, Generic[T]):
    """Outputs of ``macd``."""

    macd: T
    signal: T
    histogram: T


class MacdState:
    """``macd`` fed one by one."""

    __slots__ = ("_fast", "_signal", "_slow", "_wait")

    def __init__(self, fast: int, slow: int, signal: int) -> None:
        self._fast = EmaState(fast)
        self._slow = EmaState(slow)
        self._signal = EmaState(signal)
        self._wait = slow - fast

    def update(self, value: float) -> Macd[float]:
        """Take one value; return the three lines, NaN during warm-up."""
        slow = self._slow.update(value)
        if self._wait:
            self._wait -= 1
            return Macd(NAN, NAN, NAN)
        line = self._fast.update(value) - slow
        signal = line if isnan(line) else self._signal.update(line)
        return Macd(signal if isnan(signal) else line, signal, line - signal)


@indicator(
    "series",
    warmup=lambda fast, slow, signal: slow + signal - 2,
    state=MacdState,
    outputs=Macd,
    check=check_fast_slow,
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


class CmoState(RsiState):
    """``cmo`` fed one by one."""

    __slots__ = ()

    def update(self, value: float) -> float:
        """Take one value; return the oscillator, NaN during warm-up."""
        gain, loss = self.moves(value)
        return gain if isnan(gain) else 100.0 * ratio(gain - loss, gain + loss)


@indicator("series", warmup=lambda period: period, state=CmoState, limits=TWO)
def cmo(series: FloatArray, period: int = 14) -> FloatArray:
    """Chande's momentum oscillator, -100 to 100: ``100 * (gain - loss) / (gain + loss)``.

    Gains and losses are Wilder-smoothed, as TA-Lib has it (Chande summed them); 0 without moves.
    Source: Tushar S. Chande and Stanley Kroll, *The New Technical Trader* (1994); TA-Lib CMO.
    Warm-up: ``period``.
    """
    gain, loss = _wilder_moves(series, period)
    return 100.0 * ratio(gain - loss, gain + loss)


class StochRsiState:
    """``stoch_rsi`` fed one by one."""

    __slots__ = ("_d", "_raw", "_strength")

    def __init__(self, period: int, k_period: int, d_period: int) -> None:
        self._strength = RsiState(period)
        self._raw = RawStochasticState(k_period)
        self._d = MeanState(d_period)

    def update(self, value: float) -> Stochastic[float]:
        """Take one value; return both lines, NaN during warm-up."""
        index = self._strength.update(value)
        k = index if isnan(index) else self._raw.update(index, index, index)
        d = k if isnan(k) else self._d.update(k)
        return Stochastic(d if isnan(d) else k, d)


@indicator(
    "series",
    warmup=lambda period, k_period, d_period: period + k_period + d_period - 2,
    state=StochRsiState,
    outputs=Stochastic,
    limits=TWO,
)
def stoch_rsi(
    series: FloatArray, period: int = 14, k_period: int = 5, d_period: int = 3
) -> Stochastic[FloatArray]:
    """Stochastic of the RSI, 0 to 100: where ``rsi(period)`` stands in its ``k_period`` range.

    ``d = sma(k, d_period)``. Source: Tushar S. Chande and Stanley Kroll, *The New Technical
    Trader* (1994); TA-Lib STOCHRSI. Warm-up: ``period + k_period + d_period - 2``.
    """
    index = strength(series, period)
    k = raw_stochastic(index, index, index, k_period)
    return Stochastic(k[d_period - 1 :], rolling_mean(k, d_period))


class TrixState(CascadeState):
    """``trix`` fed one by one."""

    __slots__ = ("_rate",)

    def __init__(self, period: int) -> None:
        super().__init__(period, 3)
        self._rate = RocState(1)

    def update(self, value: float) -> float:
        """Take one value; return the rate, NaN during warm-up."""
        levels = self.levels(value)
        return self._rate.update(levels[2]) if levels else NAN


@indicator("series", warmup=lambda period: 3 * period - 2, state=TrixState)
def trix(series: FloatArray, period: int = 30) -> FloatArray:
    """Change per bar of a triple EMA, in percent: ``roc(ema(ema(ema(x))), 1)``.

    Source: Jack K. Hutson, *Stocks & Commodities* 1:5 (1983); TA-Lib TRIX.
    Warm-up: ``3 * period - 2``.
    """
    return rate_of_change(cascade(series, period, 3)[2], 1)


class TsiState:
    """``tsi`` fed one by one."""

    __slots__ = ("_before", "_moves", "_sizes")

    def __init__(self, fast: int, slow: int) -> None:
        self._moves = EmaState(slow), EmaState(fast)
        self._sizes = EmaState(slow), EmaState(fast)
        self._before = NAN

    def update(self, value: float) -> float:
        """Take one value; return the index, NaN during warm-up."""
        change = value - self._before
        self._before = value
        if isnan(change):
            return NAN
        move, size = self._moves[0].update(change), self._sizes[0].update(abs(change))
        if isnan(move):
            return NAN
        move, size = self._moves[1].update(move), self._sizes[1].update(size)
        return move if isnan(move) else 100.0 * ratio(move, size)


@indicator(
    "series",
    warmup=lambda fast, slow: fast + slow - 1,
    state=TsiState,
    check=check_fast_slow,
)
def tsi(series: FloatArray, fast: int = 13, slow: int = 25) -> FloatArray:
    """True strength index, -100 to 100: doubly smoothed changes over their doubly smoothed sizes.

    ``100 * ema(ema(change, slow), fast) / ema(ema(|change|, slow), fast)``; 0 without moves.
    Source: William Blau, *Stocks & Commodities* 9:11 (1991). Warm-up: ``fast + slow - 1``.
    """
    change = np.diff(series)
    move, size = (
        seeded(seeded(values, slow, ema_gain(slow)), fast, ema_gain(fast))
        for values in (change, np.abs(change))
    )
    return 100.0 * ratio(move, size)
