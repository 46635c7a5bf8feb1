"""How far prices range."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import isnan, log, sqrt
from typing import Any

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.elementwise import ratio, root
from naru.ta.exact_sums import MeanState, rolling_mean
from naru.ta.exponential import CascadeState, EmaState, cascade, ema_gain
from naru.ta.extremes import MaxState, MinState, rolling_max, rolling_min
from naru.ta.rates import LogReturnState, RocState, log_growth, rate_of_change
from naru.ta.recursion import SeededState, seeded
from naru.ta.registry import indicator
from naru.ta.statistics import StddevState, window_stddev

TWO = {"period": (2, 10**6)}
LARGER = 2.0**20  # squares of returns are too small for the grid of exact sums


def bar_ranges(high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """Return the true range of every bar but the first."""
    before = close[:-1]
    return np.maximum(high[1:], before) - np.minimum(low[1:], before)


class TrueRangeState:
    """``true_range`` fed one by one."""

    __slots__ = ("_before",)

    def __init__(self) -> None:
        self._before = NAN

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return its range, NaN for the first."""
        before, self._before = self._before, close
        if isnan(before):
            return NAN
        return max(high, before) - min(low, before)


@indicator("high", "low", "close", warmup=lambda: 1, state=TrueRangeState)
def true_range(high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """Range of the bar and the gap before it: ``max(h, c[-1]) - min(l, c[-1])``.

    Source: J. Welles Wilder, *New Concepts in Technical Trading Systems* (1978); TA-Lib TRANGE.
    Warm-up: 1.
    """
    return bar_ranges(high, low, close)


class AtrState:
    """``atr`` fed one by one."""

    __slots__ = ("_average", "_range")

    def __init__(self, period: int) -> None:
        self._range = TrueRangeState()
        self._average = SeededState(period, 1.0 / period)

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return the average range, NaN during warm-up."""
        span = self._range.update(high, low, close)
        return span if isnan(span) else self._average.update(span)


@indicator("high", "low", "close", warmup=lambda period: period, state=AtrState)
def atr(high: FloatArray, low: FloatArray, close: FloatArray, period: int = 14) -> FloatArray:
    """Average true range: Wilder's average of ``true_range``.

    Seeded with the mean of the first ``period`` ranges. Source: J. Welles Wilder, *New Concepts
    in Technical Trading Systems* (1978); TA-Lib ATR. Warm-up: ``period``.
    """
    return seeded(bar_ranges(high, low, close), period, 1.0 / period)


class NatrState(AtrState):
    """``natr`` fed one by one."""

    __slots__ = ()

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return the average range in percent, NaN during warm-up."""
        average = super().update(high, low, close)
        return 100.0 * average / close if close else 0.0 * average


@indicator("high", "low", "close", warmup=lambda period: period, state=NatrState)
def natr(high: FloatArray, low: FloatArray, close: FloatArray, period: int = 14) -> FloatArray:
    """Average true range in percent of the close: ``100 * atr / close``; 0 for a close of 0.

    Source: TA-Lib NATR. Warm-up: ``period``.
    """
    average = seeded(bar_ranges(high, low, close), period, 1.0 / period)
    price = close[period:]
    return np.where(price == 0.0, 0.0, 100.0 * average / price)


class HistoricalState:
    """``historical_volatility`` fed one by one."""

    __slots__ = ("_factor", "_growth", "_spread")

    def __init__(self, period: int, bars_per_year: float) -> None:
        self._growth = LogReturnState(1)
        self._spread = StddevState(period)
        self._factor = sqrt(bars_per_year * period / (period - 1))

    def update(self, value: float) -> float:
        """Take one value; return the volatility, NaN during warm-up."""
        growth = self._growth.update(value)
        return growth if isnan(growth) else self._spread.update(growth) * self._factor


@indicator(
    "series",
    warmup=lambda period, bars_per_year: period,
    state=HistoricalState,
    limits=TWO,
)
def historical_volatility(
    series: FloatArray, period: int = 20, bars_per_year: float = 252.0
) -> FloatArray:
    """Yearly volatility as a fraction: deviation of log returns times ``sqrt(bars_per_year)``.

    Sample deviation of the last ``period`` returns (see ``log_return``). Source: any textbook of
    finance. Warm-up: ``period``.
    """
    factor = sqrt(bars_per_year * period / (period - 1))
    return window_stddev(log_growth(series, 1), period) * factor


class RangeVolatilityState:
    """Volatility from the mean of one term a bar, fed bar by bar."""

    __slots__ = ("_factor", "_mean", "_term")

    def __init__(self, term: Callable[..., Any], period: int, bars_per_year: float) -> None:
        self._term = term
        self._mean = MeanState(period)
        self._factor = bars_per_year

    def update(self, *prices: float) -> float:
        """Take one bar; return the volatility, NaN during warm-up."""
        mean = self._mean.update(self._term(*prices) * LARGER)
        return mean if isnan(mean) else root(mean / LARGER * self._factor)


def _yearly(term: FloatArray, period: int, bars_per_year: float) -> FloatArray:
    return root(rolling_mean(term * LARGER, period) / LARGER * bars_per_year)


def _log_ratio(one: Any, other: Any) -> Any:
    """Return ``ln(one / other)``; 0 where one of them is not positive."""
    if isinstance(one, np.ndarray):
        return np.where((one > 0.0) & (other > 0.0), np.log(one / other), 0.0)
    return float(np.log(one / other)) if one > 0.0 and other > 0.0 else 0.0


def _parkinson_term(high: Any, low: Any) -> Any:
    span = _log_ratio(high, low)
    return span * span / (4.0 * log(2.0))


@indicator(
    "high",
    "low",
    warmup=lambda period, bars_per_year: period - 1,
    state=partial(RangeVolatilityState, _parkinson_term),
)
def parkinson(
    high: FloatArray, low: FloatArray, period: int = 20, bars_per_year: float = 252.0
) -> FloatArray:
    """Yearly volatility from highs and lows: ``sqrt(mean(ln(h / l) ** 2) / (4 ln 2))``, scaled.

    Scaled by ``sqrt(bars_per_year)``; sees no gaps between bars. Source: Michael Parkinson,
    *Journal of Business* 53 (1980). Warm-up: ``period - 1``.
    """
    return _yearly(_parkinson_term(high, low), period, bars_per_year)


def _garman_klass_term(open_: Any, high: Any, low: Any, close: Any) -> Any:
    span, move = _log_ratio(high, low), _log_ratio(close, open_)
    return 0.5 * span * span - (2.0 * log(2.0) - 1.0) * move * move


@indicator(
    "open",
    "high",
    "low",
    "close",
    warmup=lambda period, bars_per_year: period - 1,
    state=partial(RangeVolatilityState, _garman_klass_term),
)
def garman_klass(
    open_: FloatArray,
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    period: int = 20,
    bars_per_year: float = 252.0,
) -> FloatArray:
    """Yearly volatility from all four prices, for markets without drift and gaps.

    ``sqrt(mean(0.5 * ln(h / l) ** 2 - (2 ln 2 - 1) * ln(c / o) ** 2) * bars_per_year)``. Source:
    Mark B. Garman and Michael J. Klass, *Journal of Business* 53 (1980). Warm-up: ``period - 1``.
    """
    term = _garman_klass_term(open_, high, low, close)
    return _yearly(term, period, bars_per_year)


def _rogers_satchell_term(open_: Any, high: Any, low: Any, close: Any) -> Any:
    return _log_ratio(high, close) * _log_ratio(high, open_) + _log_ratio(low, close) * _log_ratio(
        low, open_
    )


@indicator(
    "open",
    "high",
    "low",
    "close",
    warmup=lambda period, bars_per_year: period - 1,
    state=partial(RangeVolatilityState, _rogers_satchell_term),
)
def rogers_satchell(
    open_: FloatArray,
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    period: int = 20,
    bars_per_year: float = 252.0,
) -> FloatArray:
    """Yearly volatility from all four prices that is right for drifting markets too.

    ``sqrt(mean(ln(h / c) * ln(h / o) + ln(l / c) * ln(l / o)) * bars_per_year)``. Source: L. C. G.
    Rogers and S. E. Satchell, *Annals of Applied Probability* 1 (1991). Warm-up: ``period - 1``.
    """
    term = _rogers_satchell_term(open_, high, low, close)
    return _yearly(term, period, bars_per_year)


class UlcerState:
    """``ulcer_index`` fed one by one."""

    __slots__ = ("_mean", "_peak")

    def __init__(self, period: int) -> None:
        self._peak = MaxState(period)
        self._mean = MeanState(period)

    def update(self, value: float) -> float:
        """Take one value; return the index, NaN during warm-up."""
        peak = self._peak.update(value)
        if isnan(peak):
            return NAN
        loss = 100.0 * ratio(value - peak, peak)
        return root(self._mean.update(loss * loss))


@indicator("series", warmup=lambda period: 2 * period - 2, state=UlcerState)
def ulcer_index(series: FloatArray, period: int = 14) -> FloatArray:
    """Depth and length of drawdowns: root mean square distance from the recent peak, in percent.

    ``sqrt(mean((100 * (x - highest) / highest) ** 2))``, both over ``period``. Source: Peter G.
    Martin and Byron B. McCann, *The Investor's Guide to Fidelity Funds* (1989).
    Warm-up: ``2 * period - 2``.
    """
    peak = rolling_max(series, period)
    loss = 100.0 * ratio(series[period - 1 :] - peak, peak)
    return root(rolling_mean(loss * loss, period))


class ChoppinessState:
    """``choppiness`` fed bar by bar."""

    __slots__ = ("_high", "_low", "_path", "_period", "_range")

    def __init__(self, period: int) -> None:
        self._period = period
        self._range = TrueRangeState()
        self._path = MeanState(period)
        self._high = MaxState(period)
        self._low = MinState(period)

    def update(self, high: float, low: float, close: float) -> float:
        """Take one bar; return the index, NaN during warm-up."""
        span = self._high.update(high) - self._low.update(low)
        step = self._range.update(high, low, close)
        path = step if isnan(step) else self._path.update(step)
        if isnan(path):
            return NAN
        return _choppiness_of(path * self._period, span, self._period)


def _choppiness_of(path: float, span: float, period: int) -> float:
    share = ratio(path, span)
    return 100.0 * float(np.log(share)) / log(period) if share > 0.0 else 0.0


@indicator("high", "low", "close", warmup=lambda period: period, state=ChoppinessState, limits=TWO)
def choppiness(
    high: FloatArray, low: FloatArray, close: FloatArray, period: int = 14
) -> FloatArray:
    """Choppiness index: near 100 sideways, near 0 in a trend; 0 without a range.

    ``100 * log(sum of true ranges / (highest high - lowest low)) / log(period)``. Source:
    E. W. Dreiss, described in *Stocks & Commodities* 14 (1996). Warm-up: ``period``.
    """
    path = rolling_mean(bar_ranges(high, low, close), period) * period
    span = (rolling_max(high, period) - rolling_min(low, period))[1:]
    share = ratio(path, span)
    return np.where(share > 0.0, 100.0 * np.log(share) / log(period), 0.0)


class MassState:
    """``mass_index`` fed bar by bar."""

    __slots__ = ("_averages", "_mean", "_period")

    def __init__(self, period: int, ema_period: int) -> None:
        self._averages = CascadeState(ema_period, 2)
        self._mean = MeanState(period)
        self._period = period

    def update(self, high: float, low: float) -> float:
        """Take one bar; return the index, NaN during warm-up."""
        levels = self._averages.levels(high - low)
        return self._mean.update(ratio(*levels)) * self._period if levels else NAN


@indicator(
    "high",
    "low",
    warmup=lambda period, ema_period: 2 * ema_period + period - 3,
    state=MassState,
)
def mass_index(
    high: FloatArray, low: FloatArray, period: int = 25, ema_period: int = 9
) -> FloatArray:
    """Mass index: bulges above 27 and back below 26.5 are said to announce reversals.

    The sum of ``ema(h - l) / ema(ema(h - l))`` over ``period`` bars. Source: Donald Dorsey,
    *Stocks & Commodities* 10:6 (1992). Warm-up: ``2 * ema_period + period - 3``.
    """
    first, second = cascade(high - low, ema_period, 2)
    return rolling_mean(ratio(first, second), period) * period


class ChaikinVolatilityState:
    """``chaikin_volatility`` fed bar by bar."""

    __slots__ = ("_average", "_rate")

    def __init__(self, period: int, lag: int) -> None:
        self._average = EmaState(period)
        self._rate = RocState(lag)

    def update(self, high: float, low: float) -> float:
        """Take one bar; return the change of the range, NaN during warm-up."""
        average = self._average.update(high - low)
        return average if isnan(average) else self._rate.update(average)


@indicator("high", "low", warmup=lambda period, lag: period + lag - 1, state=ChaikinVolatilityState)
def chaikin_volatility(
    high: FloatArray, low: FloatArray, period: int = 10, lag: int = 10
) -> FloatArray:
    """Change of the averaged range in percent: ``roc(ema(h - l, period), lag)``.

    Source: Marc Chaikin, described in Steven B. Achelis, *Technical Analysis from A to Z* (1995).
    Warm-up: ``period + lag - 1``.
    """
    return rate_of_change(seeded(high - low, period, ema_gain(period)), lag)
