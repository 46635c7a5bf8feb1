"""Sums over moving windows that are exact, so that equal averages compare as equal.

A running sum kept in float64 carries the rounding of every bar it ever saw; whether a 20-bar
average *equals* a 50-bar one then hangs on the last bit. Here a value is read as the decimal
that people wrote: ``x = q / 1e8 + p / 2**72`` with whole ``q`` and ``p``, where ``p`` is zero for
every price of at most eight decimals. Whole numbers are summed without error, in any order, and
one division makes the average. It follows that

- an average depends on the values in its window, never on what came before,
- decimals whose averages are equal on paper have equal averages here,
- the average of one repeated value is that value.

Values that do not fit (beyond about 4.6e10 / window length, or too fine for ``2**-72``) make
their windows fall back to a plain float sum of that window.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from naru.ta.arrays import NAN, BoolArray, FloatArray, IntArray
from naru.ta.prefix_sums import GRID, ROOM, decimal_means

FINE = 2.0**72  # what the grid leaves over of a double >= 1e-6 is a multiple of 2**-72
RATIO = GRID / FINE
WHOLE = 2.0**53  # every whole number below is a double
BLOCK = 32_768  # rows whose temporaries stay in the second-level cache
GATHER = 1 << 18  # values copied at once where single windows are summed


class Weights:
    """How a window of ``period`` values is weighted: all alike, or 1, 2, ... up to the newest."""

    __slots__ = ("limit", "linear", "period", "total")

    def __init__(self, period: int, linear: bool = False) -> None:
        self.period = period
        self.linear = linear
        self.total = period * (period + 1) // 2 if linear else period
        self.limit = ROOM / self.total

    def array(self) -> FloatArray:
        """Return the weights, oldest value first."""
        return np.arange(1.0, self.period + 1) if self.linear else np.ones(self.period)


def rolling_mean(values: FloatArray, period: int) -> FloatArray:
    """Return the mean of every full window of ``period`` values: ``len - period + 1`` of them."""
    return moving_mean(values, period)[period - 1 :]


def moving_mean(values: FloatArray, period: int) -> FloatArray:
    """Return the mean of the last ``period`` values at each row, NaN before there are so many."""
    if period == 1:
        return values.copy()
    means = decimal_means(values, period)
    if means is None:
        means = np.empty(len(values))
        means[: period - 1] = NAN
        means[period - 1 :] = _weighted_mean(values, Weights(period))
    return means


def rolling_linear_mean(values: FloatArray, period: int) -> FloatArray:
    """Return every window's mean with weights 1 (oldest) to ``period`` (newest)."""
    return values.copy() if period == 1 else _weighted_mean(values, Weights(period, linear=True))


def _weighted_mean(values: FloatArray, weights: Weights) -> FloatArray:
    """Return the means part by part: no window depends on what lies before it."""
    windows = len(values) - weights.period + 1
    means = np.empty(windows)
    step = max(BLOCK, 4 * weights.period)
    for first in range(0, windows, step):
        stop = min(first + step, windows)
        means[first:stop] = _part_means(values[first : stop + weights.period - 1], weights)
    return means


def _part_means(values: FloatArray, weights: Weights) -> FloatArray:
    period = weights.period
    coarse, fine, wild = _split(values, weights.limit)
    newest = slice(period - 1, None)
    whole = _window_sums(coarse, weights)
    means = whole / (weights.total * GRID)
    if fine.any():
        rest = _window_sums(fine, weights)
        # Where something lies off the grid, only the distance from the newest value is rounded.
        whole -= coarse[newest] * weights.total
        distance = (whole + (rest - fine[newest] * weights.total) * RATIO) / (weights.total * GRID)
        means = np.where(rest == 0, means, values[newest] + distance)
    if wild.any():
        counts = np.concatenate(([0], np.cumsum(wild)))
        spoiled = np.flatnonzero(counts[period:] != counts[:-period])
        means[spoiled] = _float_means(values, spoiled, weights)
    return means


def _split(values: FloatArray, limit: float) -> tuple[IntArray, IntArray, BoolArray]:
    """Return grid parts, remainders and which values do not fit."""
    scaled = np.rint(values * GRID)
    remainder = values - scaled / GRID
    fine = np.rint(remainder * FINE)
    wild = (fine / FINE != remainder) | (np.abs(fine) > limit)
    wild |= ~(np.abs(scaled) <= limit)  # so that NaN is too
    scaled[wild] = 0.0
    fine[wild] = 0.0
    return scaled.astype(np.int64), fine.astype(np.int64), wild


def _window_sums(numbers: IntArray, weights: Weights) -> IntArray:
    """Return the weighted sum of each window; products may wrap, the sums themselves fit."""
    period = weights.period
    sums = np.concatenate(([0], np.cumsum(numbers)))
    plain: IntArray = sums[period:] - sums[:-period]
    if not weights.linear:
        return plain
    rows = np.arange(len(numbers))
    ranked = np.concatenate(([0], np.cumsum(numbers * rows)))
    before_window = rows[: len(plain)] - 1
    result: IntArray = ranked[period:] - ranked[:-period] - before_window * plain
    return result


def _float_means(values: FloatArray, starts: IntArray, weights: Weights) -> FloatArray:
    windows = sliding_window_view(values, weights.period)
    factors = weights.array()
    means = np.empty(len(starts))
    step = max(1, GATHER // weights.period)
    for first in range(0, len(starts), step):
        chosen = starts[first : first + step]
        newest = values[chosen + weights.period - 1]
        distances = (windows[chosen] - newest[:, None]) * factors
        # Not a matrix product: its last bits depend on how many windows are summed at once.
        means[first : first + step] = newest + distances.sum(axis=1) / weights.total
    return means


class MeanState:
    """The mean of the last ``period`` values, fed one by one. See the module's docstring."""

    __slots__ = ("_coarse", "_fine", "_rows", "_warm", "_weights", "_wild", "period")

    def __init__(self, period: int) -> None:
        self.period = period
        self._weights = Weights(period)
        self._rows: deque[tuple[int, int, bool, float]] = deque()
        self._coarse = self._fine = self._wild = 0
        self._warm = period - 1

    def update(self, value: float) -> float:
        """Take one value; return the mean, NaN during warm-up."""
        rows, weights = self._rows, self._weights
        coarse, fine, wild = _split_one(value, weights.limit)
        rows.append((coarse, fine, wild, value))
        self._coarse += coarse
        self._fine += fine
        self._wild += wild
        if self._warm:
            self._warm -= 1
            return NAN
        if self._wild:
            mean = _float_mean([row[3] for row in rows], weights)
        else:
            mean = _divided(self._coarse, self._fine, rows[-1], weights)
        oldest = rows.popleft()
        self._coarse -= oldest[0]
        self._fine -= oldest[1]
        self._wild -= oldest[2]
        return mean


class LinearMeanState:
    """The linearly weighted mean of the last ``period`` values, fed one by one."""

    __slots__ = ("_plain", "_ranked", "_rows", "_warm", "_weights", "_wild")

    def __init__(self, period: int) -> None:
        self._weights = Weights(period, linear=True)
        self._rows: deque[tuple[int, int, bool, float]] = deque()
        self._plain = [0, 0]
        self._ranked = [0, 0]
        self._wild = 0
        self._warm = period - 1

    def update(self, value: float) -> float:
        """Take one value; return the weighted mean, NaN during warm-up."""
        rows, plain, ranked = self._rows, self._plain, self._ranked
        coarse, fine, wild = _split_one(value, self._weights.limit)
        row = (coarse, fine, wild, value)
        rows.append(row)
        self._wild += wild
        plain[0] += coarse
        plain[1] += fine
        ranked[0] += coarse * len(rows)
        ranked[1] += fine * len(rows)
        if self._warm:
            self._warm -= 1
            return NAN
        if self._wild:
            mean = _float_mean([row[3] for row in rows], self._weights)
        else:
            mean = _divided(ranked[0], ranked[1], row, self._weights)
        oldest = rows.popleft()
        self._wild -= oldest[2]
        ranked[0] -= plain[0]
        ranked[1] -= plain[1]
        plain[0] -= oldest[0]
        plain[1] -= oldest[1]
        return mean


def _split_one(value: float, limit: float) -> tuple[int, int, bool]:
    if not abs(value) * GRID <= limit:  # so that NaN is too
        return 0, 0, True
    coarse = round(value * GRID)
    remainder = value - coarse / GRID
    if not remainder:
        return coarse, 0, False
    fine = round(remainder * FINE)
    if abs(fine) > limit or fine / FINE != remainder:
        return 0, 0, True
    return coarse, fine, False


def _divided(
    whole: int, rest: int, newest: tuple[int, int, bool, float], weights: Weights
) -> float:
    total = weights.total
    if not rest:
        return float(whole) / (total * GRID)
    distance = float(whole - newest[0] * total) + float(rest - newest[1] * total) * RATIO
    return newest[3] + distance / (total * GRID)


def _float_mean(window: list[float], weights: Weights) -> float:
    values = np.array(window)
    with np.errstate(all="ignore"):
        distances = (values - values[-1]) * weights.array()
        return float(values[-1] + distances.sum() / weights.total)


def mean_of(values: list[float]) -> float:
    """Return the mean of a few values, as seeds need it: exact sum, exact for equal values."""
    state = MeanState(len(values))
    for value in values:
        mean = state.update(value)
    return mean


def sum_rows(*columns: FloatArray, divisor: int = 1) -> FloatArray:
    """Return the sum of the columns' values over ``divisor``, row by row.

    Where all are decimals of the grid, so is the sum: what is equal on paper is equal here.
    """
    total = np.zeros(len(columns[0]))
    exact = np.ones(len(total), dtype=np.bool_)
    for column in columns:
        scaled = np.rint(column * GRID)
        exact &= scaled / GRID == column
        total += scaled
    exact &= np.abs(total) < WHOLE
    mean = total / (divisor * GRID)
    if not exact.all():
        rough = columns[0] + columns[1]
        for column in columns[2:]:
            rough += column
        mean = np.where(exact, mean, rough / divisor)
    return mean


def mean_rows(*columns: FloatArray) -> FloatArray:
    """Return the mean of the columns' values, row by row; see ``sum_rows``."""
    return sum_rows(*columns, divisor=len(columns))


def sum_row(*values: float, divisor: int = 1) -> float:
    """Return the sum of one row, as ``sum_rows`` does."""
    total = 0.0
    for value in values:
        scaled = float(round(value * GRID)) if abs(value) < WHOLE else NAN
        if scaled / GRID != value:
            return _rough_sum(values) / divisor
        total += scaled
    return total / (divisor * GRID) if abs(total) < WHOLE else _rough_sum(values) / divisor


def mean_row(*values: float) -> float:
    """Return the mean of one row, as ``mean_rows`` does."""
    return sum_row(*values, divisor=len(values))


def _rough_sum(values: tuple[float, ...]) -> float:
    total = values[0]
    for value in values[1:]:
        total += value
    return total
