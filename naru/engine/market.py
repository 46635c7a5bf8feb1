"""The bars of a run on one timeline: a step is an instant at which at least one symbol has a bar.

An instrument's bars keep their own rows. ``rows`` maps steps to the newest row that is known then,
``steps`` maps rows back; both are None where the two coincide, which is the usual case.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from naru.bars import COLUMNS, Bars, timeframe_ns
from naru.engine.columns import Column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_NONE: Mapping[str, Floats] = {}


class Feed:
    """One instrument's bars within a market.

    finer   the same instrument at a faster timeframe, to decide what happens inside a bar
    """

    __slots__ = (
        "_buffer", "_rows", "_steps", "bars", "close", "finer", "high", "low", "open", "rows",
        "span", "steps", "symbol", "ts", "volume",
    )  # fmt: skip

    def __init__(self, bars: Bars, finer: Bars | None = None) -> None:
        self.finer = finer
        self.symbol = bars.symbol
        self.span = timeframe_ns(bars.timeframe)
        self.rows: Ints | None = None
        self.steps: Ints | None = None
        self._buffer: Floats | None = None
        self._rows: Column[np.int64] | None = None
        self._steps: Column[np.int64] | None = None
        self.show(bars)

    def show(self, bars: Bars) -> None:
        """Look at these bars, which begin as the ones before did."""
        self.bars = bars
        self.ts = bars.ts
        self.open, self.high, self.low = bars.open, bars.high, bars.low
        self.close, self.volume = bars.close, bars.volume

    def append(self, ts: int, values: Sequence[float]) -> None:
        """Add a bar. Its arrays are copied only when their buffer is full."""
        count = len(self.ts)
        if self._buffer is None or count == self._buffer.shape[1]:
            grown = np.empty((6, max(2 * count, 256)))
            columns = (self.ts.view(np.float64), self.open, self.high, self.low, self.close,
                       self.volume)  # fmt: skip
            for place, column in enumerate(columns):
                grown[place, :count] = column
            self._buffer = grown
        self._buffer[0].view(np.int64)[count] = ts
        self._buffer[1:, count] = values
        rows = self._buffer[:, : count + 1]
        self.show(self.bars.longer((rows[0].view(np.int64), *rows[1:])))

    def append_finer(self, bars: Bars) -> None:
        """Add finer bars, which lie after those so far."""
        if self.finer is None or self.finer.timeframe != bars.timeframe:
            raise ValueError(f"{self.symbol} has no finer bars of {bars.timeframe}")
        self.finer = self.finer.longer(
            [np.append(getattr(self.finer, name), getattr(bars, name)) for name in COLUMNS]
        )

    def follow(self, timeline: Ints, has_bar: bool) -> None:
        """Map rows to a timeline that has gained one step."""
        if self._rows is None or self._steps is None:
            if self.rows is None and has_bar:
                return
            self.align(timeline)
            return
        self._rows.append(len(self.ts) - 1)
        self.rows = self._rows.values()
        if has_bar:
            self._steps.append(len(timeline) - 1)
            self.steps = self._steps.values()

    def align(self, timeline: Ints) -> None:
        """Map rows to steps of the timeline."""
        if len(self.ts) == len(timeline):
            self.rows = self.steps = self._rows = self._steps = None
        else:
            self.steps = np.searchsorted(timeline, self.ts)
            self.rows = np.searchsorted(self.ts, timeline, side="right") - 1
            self._rows, self._steps = Column(self.rows), Column(self.steps)

    def row_at(self, step: int) -> int:
        """Return the row of the bar at this step, or -1 if there is none."""
        if self.rows is None:
            return step
        row = int(self.rows[step])
        return row if row >= 0 and self.steps is not None and self.steps[row] == step else -1

    def newest_row(self, step: int) -> int:
        """Return the row of the newest bar known at this step, or -1."""
        return step if self.rows is None else int(self.rows[step])

    def step_of(self, row: int) -> int:
        """Return the step at which a row becomes known."""
        return row if self.steps is None else int(self.steps[row])

    def first_row(self, step: int) -> int:
        """Return the first row at or after a step."""
        return step if self.steps is None else int(np.searchsorted(self.steps, step))


class Market:
    """All instruments of a run. One that is given at two timeframes runs on the slower one.

    ts       the instants of the steps, ns since the epoch, UTC
    feeds    one per instrument, in the order given
    in_step  whether an instrument that has a bar at every step so far will have one at all others,
             so that its rows are the steps
    tables   columns of all instruments by name, instruments by steps, where they lie so in memory
    """

    __slots__ = ("_timeline", "feeds", "in_step", "index", "tables", "ts")

    def __init__(
        self, bars: Sequence[Bars], *, in_step: bool = True, tables: Mapping[str, Floats] = _NONE
    ) -> None:
        if not bars:
            raise ValueError("a run needs bars")
        series: dict[str, list[Bars]] = {}
        for each in bars:
            series.setdefault(each.symbol, []).append(each)
        self.feeds = [_feed(same) for same in series.values()]
        self.index = {feed.symbol: place for place, feed in enumerate(self.feeds)}
        self.in_step = in_step
        self._timeline: Column[np.int64] | None = None
        self.ts = self._align()
        is_aligned = len(bars) == len(self.feeds) and all(feed.rows is None for feed in self.feeds)
        self.tables = tables if is_aligned else _NONE

    def _align(self) -> Ints:
        """Lay the timeline."""
        columns = [feed.ts for feed in self.feeds]
        first = columns[0]
        if all(ts is first or np.array_equal(ts, first) for ts in columns):
            timeline = first
        else:
            timeline = np.unique(np.concatenate(columns))
        for feed in self.feeds:
            feed.align(timeline)
        return timeline

    def __len__(self) -> int:
        return len(self.ts)

    def grow(
        self, ts: int, rows: Mapping[str, Sequence[float]], finer: Mapping[str, Bars] | None = None
    ) -> None:
        """Add one bar (open, high, low, close, volume) to each symbol named, all at one instant.

        ``finer`` are the faster bars within, of symbols that have such.
        Raises ``ValueError`` unless it lies after all bars so far and the symbols are known.
        """
        if len(self.ts) and ts <= int(self.ts[-1]):
            raise ValueError("bars are added in order of time")
        unknown = {*rows, *(finer or ())} - set(self.index)
        if unknown or not rows:
            raise ValueError(f"{min(unknown)!r} is not in this run" if unknown else "no bar given")
        for feed in self.feeds:
            if self.in_step and feed.rows is None and feed.symbol not in rows:
                raise ValueError(f"{feed.symbol} had a bar at every step and has none now")
        for symbol, values in rows.items():
            self.feeds[self.index[symbol]].append(ts, values)
        for symbol, bars in (finer or {}).items():
            self.feeds[self.index[symbol]].append_finer(bars)
        if self._timeline is None:
            self._timeline = Column(self.ts)
        self._timeline.append(ts)
        self.tables = _NONE
        self.ts = self._timeline.values()
        for feed in self.feeds:
            feed.follow(self.ts, feed.symbol in rows)

    @property
    def span(self) -> int:
        """The shortest timeframe, ns."""
        return min(feed.span for feed in self.feeds)


def _feed(series: list[Bars]) -> Feed:
    """Return one instrument's feed of its one or two series."""
    if len(series) == 1:
        return Feed(series[0])
    ranked = sorted(series, key=lambda bars: -timeframe_ns(bars.timeframe))
    if len({bars.timeframe for bars in ranked}) != len(ranked) or len(ranked) > 2:
        raise ValueError(f"{ranked[0].symbol} is given twice; a second timeframe would be finer")
    return Feed(*ranked)
