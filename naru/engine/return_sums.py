"""Sums of a run's returns per bar over stretches in which it holds units beside some cash.

With ``k`` of cash for each unit, a bar that takes the close from ``m`` to ``m + d`` returns
``d / (m + k)``: the close's own return ``d / m``, which is the same for every run, times the share
``1 / (1 + k / m)`` that is invested, which hardly moves within a stretch. Let it be a polynomial in
``1 / m`` around the price of the entry, where it is the fraction that was asked for: then running
sums of the closes' returns times powers, made once, are looked up where a stretch begins and ends.
Where closes move too far for so few powers, a run's bars are gone through instead.
"""

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from naru.engine.market import Floats, Ints

_MOST_TABLE_BYTES = 64 << 20
_COLUMNS = 8  # the close, four sums of returns, three of squares: a row is one line of the cache
_BLOCK = 4096  # rows that are summed up at a time: they stay in the cache
# The powers left out are less than 4e-9 of the sum of absolute returns, and 2e-6 of that of
# squares; on random walks 8e-12 and 9e-8.
_FARTHEST = 1 / 128
# Closes may be this many times each other: high powers of very unequal numbers cancel badly.
_WIDEST = 100.0
_UNTHREADED = 8192  # values; OpenBLAS shares a dot product of more than 10,000 among threads


class Spans(NamedTuple):
    """Stretches of one run after the other, each entered with a fraction of equity.

    starts, lasts   rows of the closes with which a stretch begins and ends
    fraction        one for all, or by stretch
    price           what a unit costs at the entry
    lowest, highest closes within
    """

    starts: Ints
    lasts: Ints
    fraction: Floats | float
    price: Floats
    lowest: Floats
    highest: Floats


class Sums(NamedTuple):
    """What of_runs finds.

    totals, squares   by run: the sums of returns, and of their squares
    opening, closing  by stretch: the closes of its first and last row
    """

    totals: Floats
    squares: Floats
    opening: Floats
    closing: Floats


class ReturnSums:
    """Sums of returns and of their squares over the same closes, quote currency.

    most_bytes  that running sums may take; where they would be larger, bars are gone through
    """

    def __init__(self, closes: Floats, most_bytes: int = _MOST_TABLE_BYTES) -> None:
        self._closes = closes
        low, high = float(closes.min()), float(closes.max())
        self._unit = (low * high) ** 0.5 if low > 0 else 0.0
        self._table: Floats | None = None
        if 0 < high <= low * _WIDEST and _COLUMNS * closes.nbytes <= most_bytes:
            self._table = _running_sums(closes, self._unit)

    def of_runs(self, spans: Spans, firsts: Ints) -> Sums:
        """Sum each run's returns from the closes of ``starts`` to those of ``lasts``.

        firsts  where each run begins among the stretches
        """
        if self._table is None:
            opening, closing = self._closes.take(spans.starts), self._closes.take(spans.lasts)
            walked = np.arange(len(firsts))
            totals, squares = np.empty(len(firsts)), np.empty(len(firsts))
        else:
            start = self._table.take(spans.starts, axis=0)
            rises = self._table.take(spans.lasts, axis=0)
            opening, closing = start[:, 0], rises[:, 0].copy()
            rises -= start  # whole rows: NumPy is several times slower at parts of them
            total, square, left_out = _by_powers(rises[:, 1:], self._unit, spans)
            totals, squares = np.add.reduceat(total, firsts), np.add.reduceat(square, firsts)
            walked = np.flatnonzero(np.maximum.reduceat(left_out, firsts) > _FARTHEST)
        ends = np.append(firsts, len(spans.starts))
        cash_per_unit = spans.price * (1.0 / spans.fraction - 1.0)
        for run in walked.tolist():
            part = slice(ends[run], ends[run + 1])
            returns = self._by_bar(spans.starts[part], spans.lasts[part], cash_per_unit[part])
            totals[run], squares[run] = returns.sum(), _sum_of_squares(returns)
        return Sums(totals, squares, opening, closing)

    def _by_bar(self, starts: Ints, lasts: Ints, cash_per_unit: Floats) -> NDArray[np.float32]:
        """Return a run's returns at all bars, 0 where nothing is held."""
        bounds = np.empty(2 * len(starts) + 2, dtype=np.int64)
        bounds[0], bounds[-1] = 0, len(self._closes) - 1
        bounds[1:-1:2], bounds[2:-1:2] = starts, lasts
        ratios = np.full(len(bounds) - 1, np.inf, dtype=np.float32)
        ratios[1::2] = cash_per_unit
        returns = np.repeat(ratios, bounds[1:] - bounds[:-1])
        changes, marks = self._in_single_precision
        returns += marks
        np.divide(changes, returns, out=returns)
        return returns

    @cached_property
    def _in_single_precision(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Changes of the closes, and the closes before: seven digits take half as long."""
        return np.diff(self._closes).astype(np.float32), self._closes[:-1].astype(np.float32)


def _running_sums(closes: Floats, unit: float) -> Floats:
    """Return, for each row, its close and the sums up to it of returns times powers.

    Columns: the close, returns times powers 0 to 3 of ``unit / close``, squares times 0 to 2.
    """
    table = _in_cache_lines(len(closes))
    table[0] = 0.0
    table[:, 0] = closes
    for start in range(0, len(closes) - 1, _BLOCK):
        part = closes[start : start + _BLOCK + 1]
        rows = table[start : start + len(part)]
        power = unit / part[:-1]
        returns = np.diff(part) / part[:-1]
        for terms, columns in ((returns, range(1, 5)), (returns * returns, range(5, _COLUMNS))):
            for column in columns:
                summed = rows[1:, column]
                np.add.accumulate(terms, out=summed)
                summed += rows[0, column]
                np.multiply(terms, power, out=terms)
    return table


def _in_cache_lines(rows: int) -> Floats:
    """Return an array of so many rows, each of which is one line of the cache, not parts of two."""
    memory = np.empty((rows + 1) * _COLUMNS)
    size = _COLUMNS * memory.itemsize
    first = -memory.ctypes.data % size // memory.itemsize
    return memory[first : first + rows * _COLUMNS].reshape(rows, _COLUMNS)


def _by_powers(rises: Floats, unit: float, spans: Spans) -> tuple[Floats, Floats, Floats]:
    """Return each stretch's sum of returns, of squares, and what bounds the powers left out.

    rises  by stretch, by how much each column of sums grows within it

    With ``z = unit / m``, at the entry ``z0 = unit / price``, the invested share is
    ``fraction / (1 + a (z - z0))``, where ``a z0 = 1 - fraction``. Cut off after the third power of
    ``a (z - z0)``, and its square after the second, both are polynomials in ``z``.
    """
    sum_0, sum_1, sum_2, sum_3, square_0, square_1, square_2 = rises.T
    kept = 1.0 - spans.fraction
    slope = (kept / unit) * spans.price
    linear = (3.0 * kept + 2.0) * kept + 1.0
    total = (3.0 * kept + 1.0) * sum_2 - slope * sum_3
    total = linear * sum_1 - slope * total
    total = (((kept + 1.0) * kept + 1.0) * kept + 1.0) * sum_0 - slope * total
    square = (6.0 * kept + 2.0) * square_1 - 3.0 * slope * square_2
    square = linear * square_0 - slope * square
    farthest = np.maximum(spans.price / spans.lowest, spans.highest / spans.price) - 1.0
    return spans.fraction * total, spans.fraction**2 * square, kept * farthest


def _sum_of_squares(values: NDArray[Any]) -> float:
    """Return the sum of squares by dot products of parts, for which BLAS starts no threads."""
    whole = len(values) // _UNTHREADED * _UNTHREADED
    parts, rest = values[:whole].reshape(-1, _UNTHREADED), values[whole:]
    return float(np.vecdot(parts, parts).sum() + np.dot(rest, rest))
