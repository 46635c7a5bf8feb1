"""Drawdown and Sharpe ratio of runs that are in or out, from what happens while they are in.

Between two fills equity is a constant or ``cash + units * close``. So its extremes are those of the
closes: tables over the bars, made once, give them for each stretch by a few look-ups, where a
running peak would have to be drawn through all bars for every run. Sums of returns come from
tables, too (``return_sums``). Several runs are looked at together, while the tables are in the
cache.
"""

import math

import numpy as np

from naru.engine.compounding import Compounded
from naru.engine.market import Floats, Ints
from naru.engine.return_sums import ReturnSums, Spans

_MOST_TABLE_BYTES = 64 << 20
_FEWEST_RETURNS = 2  # a deviation needs two


class Stretches:
    """Figures of runs over the same closes, quote currency."""

    def __init__(self, closes: Floats) -> None:
        self.closes = closes
        self._extremes = Extremes(closes)
        self._returns = ReturnSums(closes)

    def figures(self, held: Compounded) -> tuple[Floats, Floats]:
        """Return each run's largest fall as a fraction of the running peak, and its Sharpe ratio.

        The latter is the mean over the deviation of returns per bar, NaN without deviation.
        """
        lowest, highest = self._extremes.between(held.entries, held.exits)
        return self._drawdowns(held, lowest, highest), self._sharpes(held, lowest, highest)

    def _drawdowns(self, held: Compounded, lowest: Floats, highest: Floats) -> Floats:
        low, high = held.units * lowest + held.cash, held.units * highest + held.cash
        # The running peak when a stretch has ended, and when it begins.
        after = np.maximum(held.before, high)
        for first, last in zip(held.firsts.tolist(), held.lasts.tolist(), strict=True):
            part = after[first : last + 1]
            np.maximum.accumulate(part, out=part)
        before = held.before.copy()
        np.maximum(before[1:], after[:-1], out=before[1:])
        before[held.firsts] = held.before[held.firsts]
        left = np.minimum.reduceat(np.minimum(held.before, low) / before, held.firsts)
        np.minimum(left, held.after[held.lasts] / after[held.lasts], out=left)
        # Where a stretch makes no new peak its lowest close has decided, else at least bounds it.
        bounds = np.where(high <= before, 1.0, low / after)
        run_of = np.repeat(np.arange(len(left)), held.lasts - held.firsts + 1)
        for place in np.flatnonzero(bounds < left[run_of]):
            run = run_of[place]
            if bounds[place] >= left[run]:
                continue
            rows = slice(held.entries[place], held.exits[place])
            path = held.units[place] * self.closes[rows] + held.cash[place]
            peak = np.maximum(np.maximum.accumulate(path), before[place])
            left[run] = min(left[run], (path / peak).min())
        fallen: Floats = 1.0 - left
        return fallen

    def _sharpes(self, held: Compounded, lowest: Floats, highest: Floats) -> Floats:
        count = len(self.closes) - 1
        ratios = np.full(len(held.firsts), math.nan)
        if count < _FEWEST_RETURNS:
            return ratios
        alike = held.fraction.item(0)  # as a rule all are, and numbers are quicker than arrays
        fraction = alike if (held.fraction == alike).all() else held.fraction
        spans = Spans(held.entries, held.exits - 1, fraction, held.price, lowest, highest)
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
        span = 1 << (self._made - 1)
        shorter, wider = table[self._made - 1], table[self._made]
        for side, function in enumerate((np.minimum, np.maximum)):
            function(shorter[:-span, side], shorter[span:, side], out=wider[:-span, side])
        wider[-span:] = shorter[-span:]  # the values end before these windows do
        self._made += 1
