"""Sums of a run's returns per bar over stretches in which it holds units beside some cash.

With ``k`` of cash for each unit, a bar that takes the close from ``m`` to ``m + d`` returns
``d / (m + k)``: the close's own return ``d / m``, which is the same for every run, times the share
``1 / (1 + k / m)`` that is invested, which hardly moves within a stretch. Let it be a polynomial in
``1 / m`` around the stretch's middle: then running sums of the closes' returns times powers, made
once, are looked up where a stretch begins and ends. Where closes move too far for so few powers,
a run's bars are gone through instead.
"""

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from naru.engine.market import Floats, Ints

_MOST_TABLE_BYTES = 64 << 20
_POWERS = 4  # of returns and of their squares: together a row is one line of the cache
# The fourth power is left out: 4e-9 of the sum of absolute returns, 2e-8 of that of squares.
_FARTHEST = 1 / 128
# Closes may be this many times each other: high powers of very unequal numbers cancel badly.
_WIDEST = 100.0
_UNTHREADED = 8192  # values; OpenBLAS shares a dot product of more than 10,000 among threads


class Spans(NamedTuple):
    """Stretches of one run after the other, in each of which so much is held.

    starts, lasts   rows of the closes with which a stretch begins and ends
    cash_per_unit   quote currency
    lowest, highest closes within
    """

    starts: Ints
    lasts: Ints
    cash_per_unit: Floats
    lowest: Floats
    highest: Floats


class ReturnSums:
    """Sums of returns and of their squares over the same closes, quote currency.

    most_bytes  that running sums may take; where they would be larger, bars are gone through
    """

    def __init__(self, closes: Floats, most_bytes: int = _MOST_TABLE_BYTES) -> None:
        self._closes = closes
        low, high = float(closes.min()), float(closes.max())
        self._unit = (low * high) ** 0.5 if low > 0 else 0.0
        self._table: Floats | None = None
        if 0 < high <= low * _WIDEST and 2 * _POWERS * closes.nbytes <= most_bytes:
            self._table = _running_sums(closes, self._unit)

    def of_runs(self, spans: Spans, firsts: Ints) -> tuple[Floats, Floats]:
        """Return the sums of returns and of squares of each run, from ``starts`` to ``lasts``.

        firsts  where each run begins among the stretches
        """
        if self._table is None:
            walked = np.arange(len(firsts))
            totals, squares = np.empty(len(firsts)), np.empty(len(firsts))
        else:
            of_stretches = _by_powers(self._table, self._unit, spans)
            totals, squares = (np.add.reduceat(each, firsts) for each in of_stretches[:2])
            walked = np.flatnonzero(np.maximum.reduceat(of_stretches[2], firsts) > _FARTHEST)
        ends = np.append(firsts, len(spans.starts))
        for run in walked.tolist():
            part = slice(ends[run], ends[run + 1])
            returns = self._by_bar(spans.starts[part], spans.lasts[part], spans.cash_per_unit[part])
            totals[run], squares[run] = returns.sum(), _sum_of_squares(returns)
        return totals, squares

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
    """Return, for each row, the sums up to it of returns, then squares, times powers 0 to 3.

    The powers are those of ``unit / close``.
    """
    table = np.zeros((len(closes), 2 * _POWERS))
    power = unit / closes[:-1]
    returns = np.diff(closes) / closes[:-1]
    for terms, first in ((returns, 0), (returns * returns, _POWERS)):
        for column in range(first, first + _POWERS):
            np.add.accumulate(terms, out=table[1:, column])
            np.multiply(terms, power, out=terms)
    return table


def _by_powers(table: Floats, unit: float, spans: Spans) -> tuple[Floats, Floats, Floats]:
    """Return each stretch's sum of returns, of squares, and what bounds the powers left out.

    With ``z = unit / m``, ``c = k / unit`` and ``z0`` amid the stretch's, the invested share is
    ``1 / (1 + c z) = w / (1 + a (z - z0))``, where ``w = 1 / (1 + c z0)`` and ``a = c w``. Cut off
    after the third power of ``a (z - z0)``, it and its square are polynomials in ``z``.
    """
    rises = table.take(spans.lasts, axis=0)
    rises -= table.take(spans.starts, axis=0)
    sum_0, sum_1, sum_2, sum_3, square_0, square_1, square_2, square_3 = rises.T
    least, most = unit / spans.highest, unit / spans.lowest
    middle = (least + most) * 0.5
    cash = spans.cash_per_unit / unit
    share = 1.0 / (1.0 + cash * middle)
    slope = cash * share
    shift = slope * middle
    total = (3.0 * shift + 1.0) * sum_2 - slope * sum_3
    total = ((3.0 * shift + 2.0) * shift + 1.0) * sum_1 - slope * total
    total = (((shift + 1.0) * shift + 1.0) * shift + 1.0) * sum_0 - slope * total
    square = (12.0 * shift + 3.0) * square_2 - 4.0 * slope * square_3
    square = ((12.0 * shift + 6.0) * shift + 2.0) * square_1 - slope * square
    square = (((4.0 * shift + 3.0) * shift + 2.0) * shift + 1.0) * square_0 - slope * square
    return share * total, share * share * square, slope * (most - middle)


def _sum_of_squares(values: NDArray[Any]) -> float:
    """Return the sum of squares by dot products of parts, for which BLAS starts no threads."""
    whole = len(values) // _UNTHREADED * _UNTHREADED
    parts, rest = values[:whole].reshape(-1, _UNTHREADED), values[whole:]
    return float(np.vecdot(parts, parts).sum() + np.dot(rest, rest))
