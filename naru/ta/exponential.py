"""Exponentially smoothed averages."""

from __future__ import annotations

from math import isnan

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.memory import LagState
from naru.ta.recursion import SeededState, seeded, seeded_whole
from naru.ta.registry import indicator


def ema_gain(period: int) -> float:
    """Return the share of the newest value: ``2 / (period + 1)``."""
    return 2.0 / (period + 1)


class EmaState(SeededState):
    """``ema`` fed one by one."""

    __slots__ = ()

    def __init__(self, period: int) -> None:
        super().__init__(period, ema_gain(period))


@indicator("series", warmup=lambda period: period - 1, state=EmaState)
def ema(series: FloatArray, period: int = 20) -> FloatArray:
    """Exponential moving average: ``y += 2 / (period + 1) * (x - y)``.

    Seeded with the mean of the first ``period`` values. Source: TA-Lib EMA.
    Warm-up: ``period - 1``.
    """
    return seeded_whole(series, period, ema_gain(period))


class RmaState(SeededState):
    """``rma`` fed one by one."""

    __slots__ = ()

    def __init__(self, period: int) -> None:
        super().__init__(period, 1.0 / period)


@indicator("series", warmup=lambda period: period - 1, state=RmaState)
def rma(series: FloatArray, period: int = 14) -> FloatArray:
    """Wilder's moving average: ``y += (x - y) / period``.

    Seeded with the mean of the first ``period`` values. Source: J. Welles Wilder, *New Concepts
    in Technical Trading Systems* (1978). Warm-up: ``period - 1``.
    """
    return seeded_whole(series, period, 1.0 / period)


def cascade(values: FloatArray, period: int, depth: int) -> list[FloatArray]:
    """Return EMAs of EMAs, ``depth`` of them, cut to the rows where all have values."""
    levels = []
    for _ in range(depth):
        values = seeded(values, period, ema_gain(period))
        levels.append(values)
    return [level[len(level) - len(values) :] for level in levels]


class CascadeState:
    """EMAs of EMAs fed one by one."""

    __slots__ = ("_levels",)

    def __init__(self, period: int, depth: int) -> None:
        self._levels = [EmaState(period) for _ in range(depth)]

    def levels(self, value: float) -> list[float] | None:
        """Take one value; return all averages, None until all of them have values."""
        averages = []
        for level in self._levels:
            value = level.update(value)
            if isnan(value):
                return None
            averages.append(value)
        return averages


class DemaState(CascadeState):
    """``dema`` fed one by one."""

    __slots__ = ()

    def __init__(self, period: int) -> None:
        super().__init__(period, 2)

    def update(self, value: float) -> float:
        """Take one value; return the average, NaN during warm-up."""
        levels = self.levels(value)
        return 2.0 * levels[0] - levels[1] if levels else NAN


@indicator("series", warmup=lambda period: 2 * period - 2, state=DemaState)
def dema(series: FloatArray, period: int = 20) -> FloatArray:
    """Double exponential average: ``2 * e1 - e2``, with ``e1 = ema(x)``, ``e2 = ema(e1)``.

    Source: Patrick G. Mulloy, *Stocks & Commodities* 12:1 (1994); TA-Lib DEMA.
    Warm-up: ``2 * period - 2``.
    """
    first, second = cascade(series, period, 2)
    return 2.0 * first - second


class TemaState(CascadeState):
    """``tema`` fed one by one."""

    __slots__ = ()

    def __init__(self, period: int) -> None:
        super().__init__(period, 3)

    def update(self, value: float) -> float:
        """Take one value; return the average, NaN during warm-up."""
        levels = self.levels(value)
        return 3.0 * (levels[0] - levels[1]) + levels[2] if levels else NAN


@indicator("series", warmup=lambda period: 3 * period - 3, state=TemaState)
def tema(series: FloatArray, period: int = 20) -> FloatArray:
    """Triple exponential average: ``3 * e1 - 3 * e2 + e3``, each an EMA of the one before.

    Source: Patrick G. Mulloy, *Stocks & Commodities* 12:1 (1994); TA-Lib TEMA.
    Warm-up: ``3 * period - 3``.
    """
    first, second, third = cascade(series, period, 3)
    return 3.0 * (first - second) + third


def _t3_weights(factor: float) -> tuple[float, float, float, float]:
    """Return the weights of the third to the sixth average; they add up to 1."""
    square, cube = factor * factor, factor * factor * factor
    return (
        1.0 + 3.0 * factor + cube + 3.0 * square,
        -6.0 * square - 3.0 * (factor + cube),
        3.0 * (square + cube),
        -cube,
    )


class T3State(CascadeState):
    """``t3`` fed one by one."""

    __slots__ = ("_weights",)

    def __init__(self, period: int, factor: float) -> None:
        super().__init__(period, 6)
        self._weights = _t3_weights(factor)

    def update(self, value: float) -> float:
        """Take one value; return the average, NaN during warm-up."""
        levels = self.levels(value)
        if not levels:
            return NAN
        a, b, c, d = self._weights
        return a * levels[2] + b * levels[3] + c * levels[4] + d * levels[5]


@indicator(
    "series",
    warmup=lambda period, factor: 6 * period - 6,
    state=T3State,
    limits={"factor": (0.0, 1.0)},
)
def t3(series: FloatArray, period: int = 5, factor: float = 0.7) -> FloatArray:
    """Tillson's T3: a weighted sum of the third to sixth of six EMAs of each other.

    Weights: ``1 + 3v + 3v^2 + v^3``, ``-3v - 6v^2 - 3v^3``, ``3v^2 + 3v^3``, ``-v^3`` with
    ``v = factor``. Source: Tim Tillson, *Stocks & Commodities* 16:1 (1998); TA-Lib T3.
    Warm-up: ``6 * period - 6``.
    """
    levels = cascade(series, period, 6)
    a, b, c, d = _t3_weights(factor)
    return a * levels[2] + b * levels[3] + c * levels[4] + d * levels[5]


class ZlemaState:
    """``zlema`` fed one by one."""

    __slots__ = ("_average", "_past")

    def __init__(self, period: int) -> None:
        self._past = LagState((period - 1) // 2)
        self._average = EmaState(period)

    def update(self, value: float) -> float:
        """Take one value; return the average, NaN during warm-up."""
        past = self._past.update(value)
        return past if isnan(past) else self._average.update(2.0 * value - past)


@indicator("series", warmup=lambda period: period - 1 + (period - 1) // 2, state=ZlemaState)
def zlema(series: FloatArray, period: int = 20) -> FloatArray:
    """Zero-lag average: the EMA of ``2 * x - x[-lag]`` with ``lag = (period - 1) // 2``.

    Source: John Ehlers and Ric Way, *Stocks & Commodities* 28:12 (2010).
    Warm-up: ``period - 1 + (period - 1) // 2``.
    """
    lag = (period - 1) // 2
    leading = 2.0 * series[lag:] - series[: len(series) - lag]
    return seeded(leading, period, ema_gain(period))


class McGinleyState:
    """``mcginley`` fed one by one."""

    __slots__ = ("_level", "_period")

    def __init__(self, period: int) -> None:
        self._period = period
        self._level = NAN

    def update(self, value: float) -> float:
        """Take one value; return the average."""
        level = self._level
        if isnan(level) or level == 0.0:
            self._level = value
        else:
            quotient = value / level
            pace = self._period * quotient * quotient * quotient * quotient
            # Below a pace of 1 the line would jump past the price.
            self._level = level + (value - level) / max(pace, 1.0)
        return self._level


@indicator("series", warmup=lambda period: 0, state=McGinleyState)
def mcginley(series: FloatArray, period: int = 14) -> FloatArray:
    """McGinley's dynamic: ``y += (x - y) / max(period * (x / y) ** 4, 1)``, from the first value.

    Slower when the price runs ahead, faster when it falls behind. Source: John R. McGinley,
    *Technical Trends* (1990). Warm-up: none.
    """
    update = McGinleyState(period).update
    return np.array([update(value) for value in series.tolist()])
