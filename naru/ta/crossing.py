"""Crossings of two lines, for whole arrays and, inside ``on_bar``, for the newest bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, overload

import numpy as np

from naru.ta.arrays import BoolArray, as_series
from naru.ta.errors import IndicatorArgumentError

Number: TypeAlias = int | float | np.integer[Any] | np.floating[Any]
Array: TypeAlias = "np.ndarray[Any, Any] | Sequence[float]"


@overload
def crossover(a: Array, b: Array | Number) -> BoolArray: ...
@overload
def crossover(a: Number, b: Array) -> BoolArray: ...
@overload
def crossover(a: Any, b: Any) -> Any: ...
def crossover(a: Any, b: Any) -> Any:
    """Tell where ``a`` crosses above ``b``.

    ``a[t-1] < b[t-1] and a[t] > b[t]``: strictly below on the bar before, strictly above now.
    Equal values are no crossing, neither on the bar before nor now; nor is a missing value.

    For arrays the answer is a bool array. For the kit's series inside ``on_bar`` it is one bool,
    for the newest bar. Either side may be a number. Warm-up: 1 bar, answered with False.
    """
    try:  # the kit's series remember their crossings: this is the hot path of on_bar
        return a._crossings_[b][a._clock_.place]
    except (AttributeError, KeyError, TypeError):
        rises_above = getattr(a, "_crossed_over_", None)
        return _crossed(a, b) if rises_above is None else rises_above(b)


@overload
def crossunder(a: Array, b: Array | Number) -> BoolArray: ...
@overload
def crossunder(a: Number, b: Array) -> BoolArray: ...
@overload
def crossunder(a: Any, b: Any) -> Any: ...
def crossunder(a: Any, b: Any) -> Any:
    """Tell where ``a`` crosses below ``b``: ``crossover(b, a)``."""
    return crossover(b, a)


@overload
def cross(a: Array, b: Array | Number) -> BoolArray: ...
@overload
def cross(a: Number, b: Array) -> BoolArray: ...
@overload
def cross(a: Any, b: Any) -> Any: ...
def cross(a: Any, b: Any) -> Any:
    """Tell where ``a`` crosses ``b`` in either direction; see ``crossover``."""
    return crossover(a, b) | crossover(b, a)


def _crossed(low: Any, high: Any) -> Any:
    """Answer whether ``low`` rises above ``high``, by the kind of the two."""
    if _is_number(low) and _is_number(high):
        raise IndicatorArgumentError("a", "one of the two must be a series")
    if _is_array(low) or _is_array(high):
        return _crossed_arrays(low, high)
    return _crossed_newest(low, high)


def _is_number(line: Any) -> bool:
    return isinstance(line, int | float | np.integer | np.floating)


def _is_array(line: Any) -> bool:
    return isinstance(line, np.ndarray | list | tuple)


def _crossed_arrays(low: Any, high: Any) -> BoolArray:
    lows = low if _is_number(low) else as_series("a", low)
    highs = high if _is_number(high) else as_series("b", high)
    if not _is_number(low) and not _is_number(high) and len(lows) != len(highs):
        raise IndicatorArgumentError("b", f"has {len(highs)} values, a has {len(lows)}")
    low_before, low_now = _pairs(lows)
    high_before, high_now = _pairs(highs)
    crossed = np.empty(len(highs if _is_number(low) else lows), dtype=np.bool_)
    crossed[:1] = False
    np.greater(low_now, high_now, out=crossed[1:])
    crossed[1:] &= low_before < high_before
    return crossed


def _pairs(line: Any) -> tuple[Any, Any]:
    """Return all values but the last, and for each the one after it."""
    return (line, line) if _is_number(line) else (line[:-1], line[1:])


def _crossed_newest(low: Any, high: Any) -> bool:
    """Answer for the newest bar of lines that know ``[-1]`` and ``[-2]``; False without both."""
    try:
        before, now = _newest(low)
        other_before, other_now = _newest(high)
    except IndexError:  # the first bar has none before it
        return False
    return bool(before < other_before and now > other_now)


def _newest(line: Any) -> tuple[float, float]:
    return (line, line) if _is_number(line) else (line[-2], line[-1])
