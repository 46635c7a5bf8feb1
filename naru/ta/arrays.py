"""The arrays that indicators work on: finite stretches of float64."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from naru.ta.errors import IndicatorArgumentError
from naru.ta.frozen import FrozenNotes

if TYPE_CHECKING:  # numpy.typing costs a millisecond of every process start
    from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = "NDArray[np.float64]"
IntArray: TypeAlias = "NDArray[np.int64]"
BoolArray: TypeAlias = "NDArray[np.bool_]"

NAN = float("nan")

# Of a series with a gap nothing follows for its beginning.
_finite: FrozenNotes[bool] = FrozenNotes(lambda is_finite, _: is_finite or None)


def as_series(name: str, values: ArrayLike) -> FloatArray:
    """Return ``values`` as a contiguous one-dimensional float64 array."""
    raw = np.asarray(values)
    if raw.dtype.kind not in "fiub":
        raise IndicatorArgumentError(name, f"must be a series of numbers, not {raw.dtype}")
    if raw.ndim != 1:
        raise IndicatorArgumentError(name, f"must have one dimension, not {raw.ndim}")
    return np.ascontiguousarray(raw, dtype=np.float64)


def as_equal_series(names: Sequence[str], series: Sequence[ArrayLike]) -> list[FloatArray]:
    """Return all ``series`` as float64 arrays, which must be of one length."""
    arrays = [as_series(name, values) for name, values in zip(names, series, strict=True)]
    for name, array in zip(names, arrays, strict=True):
        if len(array) != len(arrays[0]):
            raise IndicatorArgumentError(
                name, f"has {len(array)} values, {names[0]} has {len(arrays[0])}"
            )
    return arrays


def finite_runs(arrays: Sequence[FloatArray]) -> list[tuple[int, int]]:
    """Return the half-open ranges of rows in which every array is finite."""
    rows = len(arrays[0])
    if all(is_finite(array) for array in arrays):
        return [(0, rows)] if rows else []
    finite = np.isfinite(arrays[0])
    for array in arrays[1:]:
        finite &= np.isfinite(array)
    edges = np.flatnonzero(np.diff(finite, prepend=False, append=False))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def is_finite(array: FloatArray) -> bool:
    """Tell whether all values are finite; of very large ones it may say no all the same."""
    known = _finite.find(array)
    if known is None:
        with np.errstate(invalid="ignore", over="ignore"):
            known = bool(np.isfinite(np.add.reduce(array)))  # cheaper than a mask
        _finite.note(array, known)
    return known
