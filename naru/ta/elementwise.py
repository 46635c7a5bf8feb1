"""Arithmetic that serves whole arrays and single floats alike, with the same bits."""

from __future__ import annotations

from math import sqrt
from typing import Any, overload

import numpy as np

from naru.ta.arrays import FloatArray


@overload
def ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray: ...
@overload
def ratio(numerator: float, denominator: float) -> float: ...
def ratio(numerator: Any, denominator: Any) -> Any:
    """Divide; 0 where the denominator is 0."""
    if isinstance(denominator, np.ndarray):
        out = np.zeros(denominator.shape)
        return np.divide(numerator, denominator, out=out, where=denominator != 0.0)
    return numerator / denominator if denominator else 0.0


@overload
def root(value: FloatArray) -> FloatArray: ...
@overload
def root(value: float) -> float: ...
def root(value: Any) -> Any:
    """Return the square root; 0 of what rounding made negative."""
    if isinstance(value, np.ndarray):
        return np.sqrt(np.maximum(value, 0.0))
    return 0.0 if value <= 0.0 else sqrt(value)


@overload
def positive(value: FloatArray) -> FloatArray: ...
@overload
def positive(value: float) -> float: ...
def positive(value: Any) -> Any:
    """Return the value, 0 instead of what rounding made negative."""
    if isinstance(value, np.ndarray):
        return np.maximum(value, 0.0)
    return 0.0 if value < 0.0 else value
