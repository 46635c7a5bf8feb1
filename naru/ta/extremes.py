"""Highest and lowest of moving windows. No arithmetic, hence no rounding."""

from __future__ import annotations

from collections import deque
from math import isnan

import numpy as np

from naru.ta.arrays import NAN, FloatArray, IntArray


def rolling_max(values: FloatArray, period: int) -> FloatArray:
    """Return the highest of every full window of ``period`` values.

    Windows are doubled (1, 2, 4, ... values) and the last two laid over each other.
    """
    highest, span = values, 1
    while 2 * span <= period:
        highest = np.maximum(highest[:-span], highest[span:])
        span *= 2
    shift = period - span
    return np.maximum(highest[: len(highest) - shift], highest[shift:])


def rolling_min(values: FloatArray, period: int) -> FloatArray:
    """Return the lowest of every full window of ``period`` values."""
    lowest, span = values, 1
    while 2 * span <= period:
        lowest = np.minimum(lowest[:-span], lowest[span:])
        span *= 2
    shift = period - span
    return np.minimum(lowest[: len(lowest) - shift], lowest[shift:])


def bars_since_max(values: FloatArray, period: int) -> IntArray:
    """Return how many rows ago each window's highest value was; the newest of equals counts."""
    highest, row, span = values, np.arange(len(values)), 1
    while span < period:
        shift = min(span, period - span)
        later = highest[shift:] >= highest[:-shift]
        row = np.where(later, row[shift:], row[:-shift])
        highest = np.where(later, highest[shift:], highest[:-shift])
        span += shift
    since: IntArray = np.arange(period - 1, len(values)) - row
    return since


class ExtremeState:
    """The highest of the last ``period`` values (``sign`` 1) or the lowest (-1), fed one by one."""

    __slots__ = ("_period", "_queue", "_row", "_sign")

    def __init__(self, period: int, sign: float) -> None:
        self._period = period
        self._sign = sign
        self._row = -1
        # Rows that may still become the extreme, the extreme first, worse and newer ones behind.
        self._queue: deque[tuple[int, float]] = deque()

    def update(self, value: float) -> float:
        """Take one value; return the extreme, NaN during warm-up."""
        queue, signed = self._queue, value * self._sign
        self._row += 1
        while queue and queue[-1][1] <= signed:
            queue.pop()
        queue.append((self._row, signed))
        if queue[0][0] <= self._row - self._period:
            queue.popleft()
        return queue[0][1] * self._sign if self._row >= self._period - 1 else NAN

    @property
    def since(self) -> int:
        """How many rows ago the extreme was; the newest of equals counts."""
        return self._row - self._queue[0][0]


class MaxState(ExtremeState):
    """The highest of the last ``period`` values, fed one by one."""

    __slots__ = ()

    def __init__(self, period: int) -> None:
        super().__init__(period, 1.0)


class MinState(ExtremeState):
    """The lowest of the last ``period`` values, fed one by one."""

    __slots__ = ()

    def __init__(self, period: int) -> None:
        super().__init__(period, -1.0)


class SinceMaxState(MaxState):
    """How many rows ago the highest of the last ``period`` values was, fed one by one."""

    __slots__ = ()

    def update(self, value: float) -> float:
        """Take one value; return the count, NaN during warm-up."""
        return NAN if isnan(super().update(value)) else float(self.since)


class SinceMinState(MinState):
    """How many rows ago the lowest of the last ``period`` values was, fed one by one."""

    __slots__ = ()

    def update(self, value: float) -> float:
        """Take one value; return the count, NaN during warm-up."""
        return NAN if isnan(super().update(value)) else float(self.since)
