"""Sums from the start of a series, exact, from which every window's sum is one subtraction.

Values that are decimals are whole numbers of steps: of cents where that is enough, else of 1e-8.
Their running sums are integers that wrap, which leaves differences right as long as a window's sum
fits; so nothing is rounded before it is divided. Either grid gives the same mean, bit by bit:
cents are only used where the sum would be a whole number below 2**53 on the finer one, too.
(Doubles would be exact for shorter series, but NumPy adds them up eight times slower: each
addition waits for the one before.)

The sums do not depend on any window, so those of a series that cannot change are kept for as long
as the series lives: two averages of one close share them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.frozen import FrozenNotes

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRID = 1e8  # eight decimals: the finest price step of the exchanges we know
ROOM = 2.0**62  # a window's sum must fit a signed 64-bit integer
_BLOCK = 65_536  # rows: of shorter blocks the calls cost more than a nearer cache saves


class _Grid(NamedTuple):
    """A step that values may be whole numbers of, and the integers that count it.

    per_unit  steps in a unit
    room      a window's sum is below this many steps
    """

    per_unit: float
    kind: type[np.signedinteger[Any]]
    room: float


# Half of the finer one's memory, and NumPy turns 32-bit integers into floats several at a time.
# 2**31 cents are 2**51 steps of 1e-8, which a double holds.
_CENTS = _Grid(100.0, np.int32, 2.0**31)
_FINE = _Grid(GRID, np.int64, ROOM)


class _Prefix(NamedTuple):
    """Running sums of a series of decimals.

    sums  of the first 0, 1, ... values, in steps, modulo what the integers hold; None where a
          value is no whole number of steps
    peak  no absolute value is larger, in steps
    """

    sums: NDArray[Any] | None
    peak: float


def _of_beginning(prefix: _Prefix, count: int) -> _Prefix | None:
    return None if prefix.sums is None else _Prefix(prefix.sums[: count + 1], prefix.peak)


_kept: dict[_Grid, FrozenNotes[_Prefix]] = {
    grid: FrozenNotes(_of_beginning) for grid in (_CENTS, _FINE)
}


def decimal_means(values: FloatArray, period: int) -> FloatArray | None:
    """Return the mean of the last ``period`` values at each row, NaN before there are so many.

    None where a value is no decimal of eight places, or a window's sum may not fit.
    """
    for grid, notes in _kept.items():
        prefix = notes.find(values)
        if prefix is None:
            prefix = _summed(values, grid)
            notes.note(values, prefix)
        if prefix.sums is not None and prefix.peak * period < grid.room:
            return _means(prefix.sums, period, period * grid.per_unit)
    return None


def _means(sums: NDArray[Any], period: int, divisor: float) -> FloatArray:
    rows = len(sums) - 1
    means = np.empty(rows)
    means[: period - 1] = NAN
    within = np.empty(min(_BLOCK, rows), dtype=sums.dtype)
    for start in range(period - 1, rows, _BLOCK):
        stop = min(start + _BLOCK, rows)
        window = within[: stop - start]
        newest, oldest = sums[start + 1 : stop + 1], sums[start + 1 - period : stop + 1 - period]
        np.subtract(newest, oldest, out=window)
        np.divide(window, divisor, out=means[start:stop])
    return means


def _summed(values: FloatArray, grid: _Grid) -> _Prefix:
    rows = len(values)
    sums = np.empty(rows + 1, dtype=grid.kind)
    sums[0] = 0
    peak = 0.0
    size = min(_BLOCK, rows)
    scaled, same = np.empty(size), np.empty(size, dtype=np.bool_)
    for start in range(0, rows, _BLOCK):
        part = values[start : start + _BLOCK]
        size = len(part)
        steps, here = scaled[:size], sums[start + 1 : start + size + 1]
        np.rint(np.multiply(part, grid.per_unit, out=steps), out=steps)
        # What is too large for the integers becomes their least or greatest, and so a peak without
        # room for the two values that a window has at least; of integers it is found in half the
        # time.
        with np.errstate(invalid="ignore"):
            np.copyto(here, steps, casting="unsafe")
        back = np.divide(steps, grid.per_unit, out=steps)
        if not np.equal(back, part, out=same[:size]).all():
            return _Prefix(None, peak)
        peak = max(peak, float(here.max()), -float(here.min()))
        if not 2.0 * peak < grid.room:
            return _Prefix(None, peak)
        here[:1] += sums[start : start + 1]  # as arrays: these wrap without a word
        np.add.accumulate(here, out=here)
    return _Prefix(sums, peak)
