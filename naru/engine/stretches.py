"""Drawdown and Sharpe ratio of runs that are in or out, from what happens while they are in.

Between two fills equity is a constant or ``cash + units * close``. So its extremes are those of the
closes: tables over the bars, made once, give them for each stretch by a few look-ups, where a
running peak would have to be drawn through all bars for every run. And its return at a bar is
``change / (close + k)``, where ``k``, cash over units, is one number for a whole stretch, and
infinite where nothing is held.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from naru.engine.compounding import Compounded
from naru.engine.market import Floats, Ints

_MOST_TABLE_BYTES = 64 << 20
_FEWEST_RETURNS = 2  # a deviation needs two
_UNTHREADED = 8192  # values; OpenBLAS shares a dot product of more than 10,000 among threads


class _Held(NamedTuple):
    """Cash and units in each stretch, and the row after its last one."""

    cash: Floats
    units: Floats
    stops: Ints


class Stretches:
    """Figures of runs over the same closes.

    closes  quote currency
    cash    at the start: where the running peak begins
    """

    def __init__(self, closes: Floats, cash: float) -> None:
        self.closes = closes
        self.cash = cash
        # Seven digits of a ratio are enough to choose by, and take half as long.
        self._changes = np.diff(closes).astype(np.float32)
        self._marks = closes[:-1].astype(np.float32)
        self._extremes = Extremes(closes)

    def figures(self, run: Compounded) -> tuple[float, float]:
        """Return the largest fall as a fraction of the running peak, and the Sharpe ratio.

        The latter is the mean over the deviation of returns per bar, NaN without deviation.
        """
        if not len(run.entries):
            return 0.0, math.nan
        stops = np.full(len(run.entries), len(self.closes))
        stops[: len(run.exits)] = run.exits
        cash = run.before * (1 - run.fraction)
        held = _Held(cash, run.before * run.fraction / run.entry_price, stops)
        return self._drawdown(run, held), self._sharpe(run, held)

    def _drawdown(self, run: Compounded, held: _Held) -> float:
        cash, units, stops = held
        low, high = self._extremes.between(run.entries, stops)
        low, high = units * low + cash, units * high + cash
        peaks = np.empty(2 * len(low))
        peaks[0] = max(self.cash, float(run.before[0]))
        peaks[1::2] = high
        peaks[2::2] = run.before[1:]
        np.maximum.accumulate(peaks, out=peaks)
        before = peaks[::2]
        fallen = float((run.before / before).min())
        if not run.units:
            fallen = min(fallen, run.cash / float(peaks[-1]))
        # Where a stretch makes no new peak its lowest close decides, else at least bounds it.
        fallen = min(fallen, float((low / before).min()))
        bounds = np.where(high <= before, 1.0, low / peaks[1::2])
        for place in np.flatnonzero(bounds < fallen):
            if bounds[place] >= fallen:
                continue
            rows = slice(int(run.entries[place]), int(stops[place]))
            path = units[place] * self.closes[rows] + cash[place]
            peak = np.maximum(np.maximum.accumulate(path), before[place])
            fallen = min(fallen, float((path / peak).min()))
        return 1.0 - fallen

    def _sharpe(self, run: Compounded, held: _Held) -> float:
        count = len(self._changes)
        if count < _FEWEST_RETURNS:
            return math.nan
        cash, units, stops = held
        # Returns within a stretch come after its first bar, up to its last.
        bounds = np.empty(2 * len(stops) + 2, dtype=np.int64)
        bounds[0], bounds[-1] = 0, count
        bounds[1:-1:2], bounds[2:-1:2] = run.entries, stops - 1
        ratios = np.full(len(bounds) - 1, np.inf, dtype=np.float32)
        ratios[1::2] = cash / units
        returns = np.repeat(ratios, bounds[1:] - bounds[:-1])
        returns += self._marks
        np.divide(self._changes, returns, out=returns)
        at_entry = (units * self.closes[run.entries] + cash) / run.before - 1.0
        ends = len(run.exits)
        last = units[:ends] * self.closes[run.exits - 1] + cash[:ends]
        after = np.empty(ends)  # before the next entry, or at the end
        after[: len(run.before) - 1] = run.before[1:]
        if ends == len(run.before):
            after[-1] = run.cash
        at_exit = after / last - 1.0
        total = squares = 0.0
        for part in (returns, at_entry, at_exit):
            total += float(part.sum())
            squares += _sum_of_squares(part)
        variance = (squares - total * total / count) / (count - 1)
        return total / count / math.sqrt(variance) if variance > 0 else math.nan


def _sum_of_squares(values: NDArray[Any]) -> float:
    """Return the sum of squares by dot products of parts, for which BLAS starts no threads."""
    whole = len(values) // _UNTHREADED * _UNTHREADED
    parts, rest = values[:whole].reshape(-1, _UNTHREADED), values[whole:]
    return float(np.vecdot(parts, parts).sum() + np.dot(rest, rest))


class Extremes:
    """Lowest and highest values between any two rows: tables of windows of 1, 2, 4, ... rows.

    most_bytes  that the tables may take; where they would be larger, ranges are walked through
    """

    def __init__(self, values: Floats, most_bytes: int = _MOST_TABLE_BYTES) -> None:
        self._values = values
        levels = len(values).bit_length()
        self._table: Floats | None = None
        if 2 * levels * values.nbytes <= most_bytes:
            self._table = _windows(values, levels)

    def between(self, starts: Ints, stops: Ints) -> tuple[Floats, Floats]:
        """Return the lowest and highest value of each half-open range; none is empty."""
        if self._table is None:
            bounds = np.stack((starts, stops), axis=1).reshape(-1)
            bounds = bounds[: len(bounds) - (int(stops[-1]) == len(self._values))]
            low = np.minimum.reduceat(self._values, bounds)[::2]
            return low, np.maximum.reduceat(self._values, bounds)[::2]
        # The two longest windows of a power of two that begin and end with the range.
        level = (np.frexp((stops - starts).astype(np.float64))[1] - 1).astype(np.int64)
        base = level * len(self._values)
        first = self._table.take(base + starts, axis=0)
        last = self._table.take(base + stops - (1 << level), axis=0)
        return np.minimum(first[:, 0], last[:, 0]), np.maximum(first[:, 1], last[:, 1])


def _windows(values: Floats, levels: int) -> Floats:
    """Return, for windows of 1, 2, 4, ... rows from each row on, the lowest and highest value."""
    table = np.empty((levels, len(values), 2))
    table[0] = values[:, None]
    for level in range(1, levels):
        span, shorter = 1 << (level - 1), table[level - 1]
        table[level] = shorter
        for side, function in enumerate((np.minimum, np.maximum)):
            function(shorter[:-span, side], shorter[span:, side], out=table[level, :-span, side])
    return table.reshape(-1, 2)
