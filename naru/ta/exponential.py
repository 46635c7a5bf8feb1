"""Exponentially smoothed averages."""

from __future__ import annotations

from naru.ta.arrays import FloatArray
from naru.ta.recursion import SeededState, seeded
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
    return seeded(series, period, ema_gain(period))


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
    return seeded(series, period, 1.0 / period)
