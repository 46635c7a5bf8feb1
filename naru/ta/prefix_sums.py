"""Sums from the start of a series, exact, from which every window's sum is one subtraction.

Values that are decimals of eight places are whole numbers of steps of 1e-8. Their running sums are
integers that wrap, which leaves differences right modulo ``2**64``; so nothing is rounded before a
window's sum is divided by its length. (Doubles would be exact for shorter series, but NumPy adds
them up eight times slower: each addition waits for the one before.)

The sums do not depend on any window, so those of a series that cannot change are kept for as long
as the series lives: two averages of one close share them.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from naru.ta.arrays import NAN, FloatArray

if TYPE_CHECKING:
    from naru.ta.arrays import IntArray

GRID = 1e8  # eight decimals: the finest price step of the exchanges we know
ROOM = 2.0**62  # a window's sum must fit a signed 64-bit integer
_BLOCK = 16_384  # rows whose temporaries stay in the second-level cache
_KEPT_SERIES = 16


class Prefix(NamedTuple):
    """Running sums of a series of decimals.

    sums  of the first 0, 1, ... values, in steps of ``1 / GRID``, modulo ``2**64``
    peak  the largest absolute value
    """

    sums: IntArray
    peak: float


_kept: dict[int, tuple[weakref.ref[FloatArray], Prefix | None]] = {}


def decimal_means(values: FloatArray, period: int) -> FloatArray | None:
    """Return the mean of the last ``period`` values at each row, NaN before there are so many.

    None where a value is no decimal of eight places, or a window's sum may not fit.
    """
    prefix = _prefix(values)
    if prefix is None or not prefix.peak * GRID * period < ROOM:
        return None
    sums, divisor = prefix.sums, period * GRID
    rows = len(values)
    means = np.empty(rows)
    means[: period - 1] = NAN
    for start in range(period - 1, rows, _BLOCK):
        stop = min(start + _BLOCK, rows)
        window = means[start:stop]
        newest, oldest = sums[start + 1 : stop + 1], sums[start + 1 - period : stop + 1 - period]
        np.subtract(newest, oldest, out=window, casting="unsafe")
        np.divide(window, divisor, out=window)
    return means


def forget_sums() -> None:
    """Drop all sums that are kept."""
    _kept.clear()


def _prefix(values: FloatArray) -> Prefix | None:
    """Return the sums kept of a series, or newly made ones."""
    place = id(values)
    known = _kept.get(place)
    if known is not None and known[0]() is values:
        return known[1]
    prefix = _summed(values)
    if _is_frozen(values):
        while len(_kept) >= _KEPT_SERIES:
            del _kept[next(iter(_kept))]
        _kept[place] = weakref.ref(values, lambda gone: _forget(place, gone)), prefix
    return prefix


def _forget(place: int, gone: weakref.ref[FloatArray]) -> None:
    known = _kept.get(place)
    if known is not None and known[0] is gone:
        del _kept[place]


def _is_frozen(values: FloatArray) -> bool:
    """Tell whether nobody can change the values: neither this array nor one that it looks into."""
    array: object = values
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        array = array.base
    return True


def _summed(values: FloatArray) -> Prefix | None:
    """Return running sums; None unless every value is a decimal of the grid."""
    rows = len(values)
    sums = np.empty(rows + 1, dtype=np.int64)
    sums[0] = 0
    peak = 0.0
    size = min(_BLOCK, rows)
    scaled, back, same = np.empty(size), np.empty(size), np.empty(size, dtype=np.bool_)
    for start in range(0, rows, _BLOCK):
        part = values[start : start + _BLOCK]
        size = len(part)
        steps, here = scaled[:size], sums[start + 1 : start + size + 1]
        peak = max(peak, float(part.max()), -float(part.min()))
        np.rint(np.multiply(part, GRID, out=steps), out=steps)
        np.divide(steps, GRID, out=back[:size])
        if not (peak * GRID < ROOM and np.equal(back[:size], part, out=same[:size]).all()):
            return None
        np.copyto(here, steps, casting="unsafe")
        here[0] += sums[start]
        np.add.accumulate(here, out=here)
    return Prefix(sums, peak)
