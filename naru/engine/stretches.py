"""Drawdown and Sharpe ratio of runs that are in or out, from what happens while they are in.

Between two fills equity is a constant or ``cash + units * close``. So its extremes are those of the
closes: tables over the bars, made once, give them for each stretch by a few look-ups, where a
running peak would have to be drawn through all bars for every run. Sums of returns come from
tables, too (``return_sums``). Several runs are looked at together, while the tables are in the
cache.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from naru.engine.compounding import Compounded
from naru.engine.market import Floats, Ints
from naru.engine.return_sums import ReturnSums, Spans

_MOST_TABLE_BYTES = 64 << 20
_FEWEST_RETURNS = 2  # a deviation needs two


class _Held(NamedTuple):
    """The stretches of some runs, one run after the other.

    starts, stops   rows: of the entry, and the one after the last at whose close it is held
    before, after   equity right before the entry, and before the next one or at the end
    cash, units     while it is held
    low, high       of the closes within
    firsts, lasts   places of each run's first and last stretch
    is_open         whether each run holds its last stretch to the end
    """

    starts: Ints
    stops: Ints
    before: Floats
    after: Floats
    cash: Floats
    units: Floats
    low: Floats
    high: Floats
    firsts: Ints
    lasts: Ints
    is_open: NDArray[np.bool_]


class Stretches:
    """Figures of runs over the same closes, quote currency."""

    def __init__(self, closes: Floats) -> None:
        self.closes = closes
        self._extremes = Extremes(closes)
        self._returns = ReturnSums(closes)

    def figures(self, runs: Sequence[Compounded]) -> list[tuple[float, float]]:
        """Return of each run the largest fall as a fraction of the running peak, and Sharpe ratio.

        The latter is the mean over the deviation of returns per bar, NaN without deviation.
        """
        found = [(0.0, math.nan)] * len(runs)
        entered = [place for place, run in enumerate(runs) if len(run.entries)]
        if entered:
            held = self._hold([runs[place] for place in entered])
            columns = self._drawdowns(held).tolist(), self._sharpes(held).tolist()
            for place, fallen, sharpe in zip(entered, *columns, strict=True):
                found[place] = fallen, sharpe
        return found

    def _hold(self, runs: Sequence[Compounded]) -> _Held:
        """Lay the stretches of runs end to end; every run has some."""
        ends = np.cumsum([len(run.entries) for run in runs])
        firsts, lasts = np.append(0, ends[:-1]), ends - 1
        is_open = np.array([len(run.exits) < len(run.entries) for run in runs])
        starts = np.concatenate([run.entries for run in runs])
        before = np.concatenate([run.before for run in runs])
        invested = before * np.concatenate([run.fraction for run in runs])
        units = invested / np.concatenate([run.entry_price for run in runs])
        is_left = np.ones(len(starts), dtype=np.bool_)
        is_left[lasts[is_open]] = False
        stops = np.full(len(starts), len(self.closes))
        stops[is_left] = np.concatenate([run.exits for run in runs])
        after = np.append(before[1:], 0.0)
        after[lasts] = [run.cash for run in runs]
        low, high = self._extremes.between(starts, stops)
        return _Held(
            starts, stops, before, after, before - invested, units, low, high, firsts, lasts,
            is_open,
        )  # fmt: skip

    def _drawdowns(self, held: _Held) -> Floats:
        low, high = held.units * held.low + held.cash, held.units * held.high + held.cash
        # The running peak when a stretch has ended, and when it begins.
        after = np.maximum(held.before, high)
        for first, last in zip(held.firsts.tolist(), held.lasts.tolist(), strict=True):
            part = after[first : last + 1]
            np.maximum.accumulate(part, out=part)
        before = held.before.copy()
        np.maximum(before[1:], after[:-1], out=before[1:])
        before[held.firsts] = held.before[held.firsts]
        left = np.minimum.reduceat(np.minimum(held.before, low) / before, held.firsts)
        at_end = np.where(held.is_open, 1.0, held.after[held.lasts] / after[held.lasts])
        np.minimum(left, at_end, out=left)
        # Where a stretch makes no new peak its lowest close has decided, else at least bounds it.
        bounds = np.where(high <= before, 1.0, low / after)
        run_of = np.repeat(np.arange(len(left)), held.lasts - held.firsts + 1)
        for place in np.flatnonzero(bounds < left[run_of]):
            run = run_of[place]
            if bounds[place] >= left[run]:
                continue
            rows = slice(held.starts[place], held.stops[place])
            path = held.units[place] * self.closes[rows] + held.cash[place]
            peak = np.maximum(np.maximum.accumulate(path), before[place])
            left[run] = min(left[run], (path / peak).min())
        fallen: Floats = 1.0 - left
        return fallen

    def _sharpes(self, held: _Held) -> Floats:
        count = len(self.closes) - 1
        ratios = np.full(len(held.firsts), math.nan)
        if count < _FEWEST_RETURNS:
            return ratios
        last_rows = held.stops - 1
        spans = Spans(held.starts, last_rows, held.cash / held.units, held.low, held.high)
        totals, squares, opening, closing = self._returns.of_runs(spans, held.firsts)
        at_entry = (held.units * opening + held.cash) / held.before - 1.0
        at_exit = held.after / (held.units * closing + held.cash) - 1.0
        at_exit[held.lasts[held.is_open]] = 0.0
        totals += np.add.reduceat(at_entry + at_exit, held.firsts)
        squares += np.add.reduceat(at_entry * at_entry + at_exit * at_exit, held.firsts)
        variance = (squares - totals * totals / count) / (count - 1)
        varies = variance > 0
        np.divide(totals / count, np.sqrt(variance, where=varies, out=ratios), where=varies,
                  out=ratios)  # fmt: skip
        return ratios


class Extremes:
    """Lowest and highest values between any two rows: tables of windows of 1, 2, 4, ... rows.

    most_bytes  that the tables may take; where they would be larger, ranges are walked through
    """

    def __init__(self, values: Floats, most_bytes: int = _MOST_TABLE_BYTES) -> None:
        self._values = values
        levels = len(values).bit_length()
        self._table: Floats | None = None
        if 2 * levels * values.nbytes <= most_bytes:
            # Memory that is not written to costs nothing: levels are made when they are needed.
            self._table = np.empty((levels, len(values), 2))
            self._table[0] = values[:, np.newaxis]
            self._made = 1
            # The longest window that is no longer than so many rows, as its power of two.
            self._levels = np.frexp(np.arange(len(values) + 1.0))[1].astype(np.int64) - 1

    def between(self, starts: Ints, stops: Ints) -> tuple[Floats, Floats]:
        """Return the lowest and highest value of each half-open range; none is empty."""
        if self._table is None:
            bounds = np.stack((starts, stops), axis=1).reshape(-1)
            values = np.append(self._values, self._values[-1])  # a range may end where they do
            low = np.minimum.reduceat(values, bounds)[::2]
            return low, np.maximum.reduceat(values, bounds)[::2]
        # The two longest windows of a power of two that begin and end with the range.
        level = self._levels.take(stops - starts)
        while self._made <= level.max():
            self._widen(self._table)
        rows, base = self._table.reshape(-1, 2), level * len(self._values)
        first = rows.take(base + starts, axis=0)
        last = rows.take(base + stops - (1 << level), axis=0)
        return np.minimum(first[:, 0], last[:, 0]), np.maximum(first[:, 1], last[:, 1])

    def _widen(self, table: Floats) -> None:
        """Make the next level: for windows from each row on, the lowest and highest value."""
        level, self._made = self._made, self._made + 1
        span, shorter = 1 << (level - 1), table[level - 1]
        table[level] = shorter
        for side, function in enumerate((np.minimum, np.maximum)):
            function(shorter[:-span, side], shorter[span:, side], out=table[level, :-span, side])
