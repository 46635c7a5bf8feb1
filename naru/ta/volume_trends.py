"""Indicators that weigh the price's moves with volume."""

from __future__ import annotations

from math import isnan

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.elementwise import ratio
from naru.ta.exact_sums import MeanState, mean_row, mean_rows, rolling_mean
from naru.ta.exponential import EmaState, ema_gain
from naru.ta.rates import PpoState, averages_apart, check_fast_slow
from naru.ta.recursion import seeded
from naru.ta.registry import indicator

START = 1000.0  # where volume indices begin, by custom


class ForceState:
    """``force_index`` fed bar by bar."""

    __slots__ = ("_average", "_before")

    def __init__(self, period: int) -> None:
        self._average = EmaState(period)
        self._before = NAN

    def update(self, close: float, volume: float) -> float:
        """Take one bar; return the index, NaN during warm-up."""
        force = (close - self._before) * volume
        self._before = close
        return force if isnan(force) else self._average.update(force)


@indicator("close", "volume", warmup=lambda period: period, state=ForceState)
def force_index(close: FloatArray, volume: FloatArray, period: int = 13) -> FloatArray:
    """Force index: the EMA of ``(c - c[-1]) * volume``.

    Source: Alexander Elder, *Trading for a Living* (1993). Warm-up: ``period``.
    """
    return seeded(np.diff(close) * volume[1:], period, ema_gain(period))


class EaseState:
    """``ease_of_movement`` fed bar by bar."""

    __slots__ = ("_average", "_before", "_divisor")

    def __init__(self, period: int, divisor: float) -> None:
        self._average = MeanState(period)
        self._before = NAN
        self._divisor = divisor

    def update(self, high: float, low: float, volume: float) -> float:
        """Take one bar; return the ease, NaN during warm-up."""
        middle = mean_row(high, low)
        way = middle - self._before
        self._before = middle
        if isnan(way):
            return NAN
        return self._average.update(ratio(self._divisor * way * (high - low), volume))


@indicator(
    "high",
    "low",
    "volume",
    warmup=lambda period, divisor: period,
    state=EaseState,
)
def ease_of_movement(
    high: FloatArray,
    low: FloatArray,
    volume: FloatArray,
    period: int = 14,
    divisor: float = 10_000.0,
) -> FloatArray:
    """Ease of movement: how far the bar's middle moves for little volume, averaged.

    ``sma(divisor * (m - m[-1]) * (h - l) / volume, period)`` with ``m = (h + l) / 2``; 0 for a bar
    without volume. Source: Richard W. Arms, *Volume Cycles in the Stock Market* (1983).
    Warm-up: ``period``.
    """
    middle = mean_rows(high, low)
    span = (high - low)[1:]
    ease = ratio(divisor * (middle[1:] - middle[:-1]) * span, volume[1:])
    return rolling_mean(ease, period)


class VolumeIndexState:
    """``nvi`` (``sign`` -1) and ``pvi`` (``sign`` 1) fed bar by bar."""

    __slots__ = ("_close", "_level", "_sign", "_volume")

    def __init__(self, sign: float) -> None:
        self._sign = sign
        self._level = START
        self._close = self._volume = NAN

    def update(self, close: float, volume: float) -> float:
        """Take one bar; return the index."""
        if (volume - self._volume) * self._sign > 0.0 and self._close:
            self._level *= close / self._close
        self._close, self._volume = close, volume
        return self._level


def _volume_index(close: FloatArray, volume: FloatArray, sign: float) -> FloatArray:
    before = close[:-1]
    counts = (np.diff(volume) * sign > 0.0) & (before != 0.0)
    growth = np.where(counts, ratio(close[1:], before), 1.0)
    return np.multiply.accumulate(np.concatenate(([START], growth)))


@indicator("close", "volume", warmup=lambda: 0, state=lambda: VolumeIndexState(-1.0))
def nvi(close: FloatArray, volume: FloatArray) -> FloatArray:
    """Negative volume index: from 1000 on, grows with the close where volume falls.

    Source: Paul L. Dysart (1936), in the form of Norman G. Fosback, *Stock Market Logic* (1976).
    Warm-up: none.
    """
    return _volume_index(close, volume, -1.0)


@indicator("close", "volume", warmup=lambda: 0, state=lambda: VolumeIndexState(1.0))
def pvi(close: FloatArray, volume: FloatArray) -> FloatArray:
    """Positive volume index: from 1000 on, grows with the close where volume rises.

    Source: as ``nvi``. Warm-up: none.
    """
    return _volume_index(close, volume, 1.0)


class PvtState:
    """``pvt`` fed bar by bar."""

    __slots__ = ("_before", "_total")

    def __init__(self) -> None:
        self._before = NAN
        self._total = 0.0

    def update(self, close: float, volume: float) -> float:
        """Take one bar; return the running total."""
        before, self._before = self._before, close
        if not isnan(before):
            self._total += ratio(close - before, before) * volume
        return self._total


@indicator("close", "volume", warmup=lambda: 0, state=PvtState)
def pvt(close: FloatArray, volume: FloatArray) -> FloatArray:
    """Price volume trend: running total of the close's relative change times volume, from 0 on.

    Source: described in Steven B. Achelis, *Technical Analysis from A to Z* (1995).
    Warm-up: none.
    """
    change = ratio(np.diff(close), close[:-1]) * volume[1:]
    return np.add.accumulate(np.concatenate(([0.0], change)))


@indicator(
    "volume",
    warmup=lambda fast, slow: slow - 1,
    state=lambda fast, slow: PpoState(fast, slow, "ema"),
    check=check_fast_slow,
)
def pvo(volume: FloatArray, fast: int = 12, slow: int = 26) -> FloatArray:
    """Percentage volume oscillator: ``100 * (ema(fast) - ema(slow)) / ema(slow)`` of volume.

    0 where the slow average is 0. Source: ``ppo`` applied to volume. Warm-up: ``slow - 1``.
    """
    quick, calm = averages_apart(volume, fast, slow, "ema")
    return 100.0 * ratio(quick - calm, calm)
