"""Averages whose speed follows the market."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Any

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.block_sums import WindowState, as_they_are, block_windows, plain
from naru.ta.elementwise import ratio
from naru.ta.exponential import ema_gain
from naru.ta.memory import LagState
from naru.ta.registry import indicator


class EfficiencyState:
    """``efficiency_ratio`` fed one by one."""

    __slots__ = ("_before", "_past", "_path")

    def __init__(self, period: int) -> None:
        self._past = LagState(period)
        self._path = WindowState(period, plain, as_they_are, centered=False)
        self._before = NAN

    def update(self, value: float) -> float:
        """Take one value; return the ratio, NaN during warm-up."""
        past = self._past.update(value)
        before, self._before = self._before, value
        if isnan(before):
            return NAN
        path = self._path.update(abs(value - before))
        if isnan(path):
            return NAN
        way = abs(value - past)
        return way / path if path > way else 1.0


def _efficiency(values: FloatArray, period: int) -> FloatArray:
    steps = np.abs(np.diff(values))
    path = block_windows((steps,), period, plain, as_they_are, centered=False)[0]
    way = np.abs(values[period:] - values[:-period])
    return np.where(path > way, ratio(way, path), 1.0)


@indicator("series", warmup=lambda period: period, state=EfficiencyState)
def efficiency_ratio(series: FloatArray, period: int = 10) -> FloatArray:
    """Kaufman's efficiency ratio: ``|x - x[-period]| / sum of |steps|``, 0 to 1.

    1 for a straight way, and where nothing moves. Source: Perry J. Kaufman, *Smarter Trading*
    (1995). Warm-up: ``period``.
    """
    return _efficiency(series, period)


def _kama_gain(efficiency: Any, fast: int, slow: int) -> Any:
    quickest, slowest = ema_gain(fast), ema_gain(slow)
    gain = efficiency * (quickest - slowest) + slowest
    return gain * gain


class KamaState:
    """``kama`` fed one by one."""

    __slots__ = ("_before", "_efficiency", "_fast", "_level", "_slow")

    def __init__(self, period: int, fast: int, slow: int) -> None:
        self._efficiency = EfficiencyState(period)
        self._fast, self._slow = fast, slow
        self._level = self._before = NAN

    def update(self, value: float) -> float:
        """Take one value; return the average, NaN during warm-up."""
        efficiency = self._efficiency.update(value)
        if not isnan(efficiency):
            start = self._before if isnan(self._level) else self._level
            self._level = start + _kama_gain(efficiency, self._fast, self._slow) * (value - start)
        self._before = value
        return self._level


@indicator("series", warmup=lambda period, fast, slow: period, state=KamaState)
def kama(series: FloatArray, period: int = 10, fast: int = 2, slow: int = 30) -> FloatArray:
    """Kaufman's adaptive average: an EMA whose gain follows the efficiency ratio.

    ``gain = (er * (2 / (fast + 1) - 2 / (slow + 1)) + 2 / (slow + 1)) ** 2``; starts from the
    value before the first ratio. Source: Perry J. Kaufman, *Smarter Trading* (1995); TA-Lib KAMA.
    Warm-up: ``period``.
    """
    gains = _kama_gain(_efficiency(series, period), fast, slow)
    return _smooth_by(gains, float(series[period - 1]), series[period:])


def _smooth_by(gains: FloatArray, start: float, values: FloatArray) -> FloatArray:
    """Smooth with a gain of its own for every value."""
    level = start
    averages: list[float] = []
    append = averages.append
    for gain, value in zip(gains.tolist(), values.tolist(), strict=True):
        level += gain * (value - level)
        append(level)
    return np.array(averages)


class VidyaState:
    """``vidya`` fed one by one."""

    __slots__ = ("_before", "_gain", "_level", "_moves")

    def __init__(self, period: int, cmo_period: int) -> None:
        self._gain = ema_gain(period)
        self._moves = WindowState(cmo_period, plain, _momentum_share, centered=False)
        self._before = self._level = NAN

    def update(self, value: float) -> float:
        """Take one value; return the average, NaN during warm-up."""
        before, self._before = self._before, value
        if isnan(before):
            return NAN
        change = value - before
        share = self._moves.update(max(change, 0.0), max(-change, 0.0))
        if not isnan(share):
            start = before if isnan(self._level) else self._level
            self._level = start + self._gain * share * (value - start)
        return self._level


def _momentum_share(sums: Sequence[Any], *_: Any) -> tuple[Any, ...]:
    up, down = sums
    return (abs(ratio(up - down, up + down)),)


@indicator("series", warmup=lambda period, cmo_period: cmo_period, state=VidyaState)
def vidya(series: FloatArray, period: int = 14, cmo_period: int = 9) -> FloatArray:
    """Variable index dynamic average: an EMA whose gain is scaled by ``|CMO| / 100``.

    ``CMO`` of plain sums of gains and losses over ``cmo_period``; starts from the value before.
    Source: Tushar S. Chande, *Stocks & Commodities* 10:3 (1992). Warm-up: ``cmo_period``.
    """
    change = np.diff(series)
    moves = np.maximum(change, 0.0), np.maximum(-change, 0.0)
    shares = block_windows(moves, cmo_period, plain, _momentum_share, centered=False)[0]
    return _smooth_by(ema_gain(period) * shares, float(series[cmo_period - 1]), series[cmo_period:])
