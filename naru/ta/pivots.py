"""Levels to watch: pivots of the bar before, swings, and the zones between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import isnan
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.exact_sums import mean_row, mean_rows
from naru.ta.extremes import rolling_max
from naru.ta.registry import indicator

T = TypeVar("T")


class Levels(NamedTuple, Generic[T]):
    """Outputs of the pivot levels: the pivot, three supports below, three resistances above."""

    pivot: T
    s1: T
    s2: T
    s3: T
    r1: T
    r2: T
    r3: T


def _classic(pivot: Any, high: Any, low: Any, close: Any) -> Levels[Any]:
    span = high - low
    return Levels(
        pivot,
        2.0 * pivot - high,
        pivot - span,
        low - 2.0 * (high - pivot),
        2.0 * pivot - low,
        pivot + span,
        high + 2.0 * (pivot - low),
    )


def _fibonacci(pivot: Any, high: Any, low: Any, close: Any) -> Levels[Any]:
    span = high - low
    return Levels(
        pivot,
        pivot - 0.382 * span,
        pivot - 0.618 * span,
        pivot - span,
        pivot + 0.382 * span,
        pivot + 0.618 * span,
        pivot + span,
    )


def _camarilla(pivot: Any, high: Any, low: Any, close: Any) -> Levels[Any]:
    step = 1.1 * (high - low)
    return Levels(
        pivot,
        close - step / 12.0,
        close - step / 6.0,
        close - step / 4.0,
        close + step / 12.0,
        close + step / 6.0,
        close + step / 4.0,
    )


class LevelsState:
    """Pivot levels fed bar by bar."""

    __slots__ = ("_before", "_rule")

    def __init__(self, rule: Callable[..., Levels[Any]]) -> None:
        self._rule = rule
        self._before: tuple[float, float, float] | None = None

    def update(self, high: float, low: float, close: float) -> Levels[float]:
        """Take one bar; return the levels made of the bar before, NaN for the first."""
        before, self._before = self._before, (high, low, close)
        if before is None:
            return Levels(NAN, NAN, NAN, NAN, NAN, NAN, NAN)
        return self._rule(mean_row(*before), *before)


def _levels(
    rule: Callable[..., Levels[Any]], high: FloatArray, low: FloatArray, close: FloatArray
) -> Levels[FloatArray]:
    before = high[:-1], low[:-1], close[:-1]
    return rule(mean_rows(*before), *before)


@indicator(
    "high",
    "low",
    "close",
    warmup=lambda: 1,
    state=lambda: LevelsState(_classic),
    outputs=Levels,
)
def pivots(high: FloatArray, low: FloatArray, close: FloatArray) -> Levels[FloatArray]:
    """Floor traders' pivots of the bar before: ``p = (h + l + c) / 3`` and six levels around it.

    ``r1 = 2p - l``, ``s1 = 2p - h``, ``r2 = p + (h - l)``, ``s2 = p - (h - l)``,
    ``r3 = h + 2 (p - l)``, ``s3 = l - 2 (h - p)``. Use daily bars (``self.data.resample("1d")``)
    for day trading. Source: floor traders' custom; John L. Person, *A Complete Guide to Technical
    Trading Tactics* (2004). Warm-up: 1.
    """
    return _levels(_classic, high, low, close)


@indicator(
    "high",
    "low",
    "close",
    warmup=lambda: 1,
    state=lambda: LevelsState(_fibonacci),
    outputs=Levels,
)
def pivots_fibonacci(high: FloatArray, low: FloatArray, close: FloatArray) -> Levels[FloatArray]:
    """Pivots of the bar before with Fibonacci distances: ``p +- (0.382, 0.618, 1) * (h - l)``.

    ``p = (h + l + c) / 3``. Source: chartists' custom. Warm-up: 1.
    """
    return _levels(_fibonacci, high, low, close)


@indicator(
    "high",
    "low",
    "close",
    warmup=lambda: 1,
    state=lambda: LevelsState(_camarilla),
    outputs=Levels,
)
def pivots_camarilla(high: FloatArray, low: FloatArray, close: FloatArray) -> Levels[FloatArray]:
    """Camarilla levels of the bar before: ``c +- 1.1 * (h - l) / (12, 6, 4)``.

    ``pivot`` is ``(h + l + c) / 3``. Source: Nick Scott (1989). Warm-up: 1.
    """
    return _levels(_camarilla, high, low, close)


class SwingState:
    """``swing_high`` (``sign`` 1) and ``swing_low`` (``sign`` -1) fed one by one."""

    __slots__ = ("_left", "_level", "_right", "_sign", "_window")

    def __init__(self, left: int, right: int, sign: float) -> None:
        self._left, self._right, self._sign = left, right, sign
        self._window: deque[float] = deque(maxlen=left + right + 1)
        self._level = NAN

    def update(self, value: float) -> float:
        """Take one value; return the newest confirmed swing, NaN until there can be one."""
        window, left = self._window, self._left
        window.append(value * self._sign)
        if len(window) < left + self._right + 1:
            return NAN
        signed = list(window)
        middle = signed[left]
        if middle > max(signed[:left]) and middle >= max(signed[left + 1 :]):
            self._level = middle * self._sign
        elif isnan(self._level):
            self._level = max(signed) * self._sign
        return self._level


def _swings(values: FloatArray, left: int, right: int) -> FloatArray:
    """Return the newest confirmed swing high at each row that can have one."""
    before = rolling_max(values, left)
    after = rolling_max(values, right)
    middle = values[left : len(values) - right]
    found = (middle > before[: len(middle)]) & (middle >= after[left + 1 :])
    level = rolling_max(values[: left + right + 1], left + right + 1)
    # Row of the newest swing so far; before the first, the highest of the first window stands in.
    newest = np.maximum.accumulate(np.where(found, np.arange(len(middle)), -1))
    confirmed: FloatArray = np.concatenate((level, middle))[newest + 1]
    return confirmed


@indicator(
    "high",
    warmup=lambda left, right: left + right,
    state=lambda left, right: SwingState(left, right, 1.0),
)
def swing_high(high: FloatArray, left: int = 5, right: int = 5) -> FloatArray:
    """Newest swing high: above the ``left`` bars before it, not below the ``right`` bars after.

    It is known only ``right`` bars later, and shown from then on. Before the first swing the
    highest of the first ``left + right + 1`` bars stands in. Source: Bill Williams, *Trading
    Chaos* (1995), there with two bars on each side. Warm-up: ``left + right``.
    """
    return _swings(high, left, right)


@indicator(
    "low",
    warmup=lambda left, right: left + right,
    state=lambda left, right: SwingState(left, right, -1.0),
)
def swing_low(low: FloatArray, left: int = 5, right: int = 5) -> FloatArray:
    """Newest swing low: below the ``left`` bars before it, not above the ``right`` bars after.

    It is known only ``right`` bars later, and shown from then on. Before the first swing the
    lowest of the first ``left + right + 1`` bars stands in. Source: as ``swing_high``.
    Warm-up: ``left + right``.
    """
    return -_swings(-low, left, right)
