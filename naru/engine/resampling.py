"""Slower bars from faster ones, and from when on each is known."""

import numpy as np

from naru.bars import COLUMNS, Bars, timeframe_ns
from naru.engine.calendar import DAY_NS, Session
from naru.engine.columns import Column
from naru.engine.market import Ints
from naru.errors import StrategyUseError

_MONDAY_NS = 4 * DAY_NS  # 1970-01-05; the epoch was a Thursday


def resample(bars: Bars, timeframe: str, session: Session) -> tuple[Bars, Ints]:
    """Return the slower bars, and for every fast row the newest slow row that has closed.

    A slow bar covers a whole multiple of its timeframe in local time (weeks begin on Mondays) and
    carries that beginning as ``ts``. It is known at the close of the first fast bar that ends at
    or after its end; -1 means that none is.
    """
    slow, known, _ = _resample(bars, timeframe, session)
    return slow, known


def _resample(bars: Bars, timeframe: str, session: Session) -> tuple[Bars, Ints, int]:
    """Return what ``resample`` does, and the fast row with which the first open slow bar begins."""
    try:
        span, fast = timeframe_ns(timeframe), timeframe_ns(bars.timeframe)
    except ValueError as error:
        raise StrategyUseError(str(error)) from error
    if span <= fast or (span % fast and span < DAY_NS):
        raise StrategyUseError(f"{timeframe} is no slower multiple of {bars.timeframe}")
    local = session.local(bars.ts)
    shift = _MONDAY_NS if span % (7 * DAY_NS) == 0 else 0
    begins = (local - shift) // span * span + shift
    first = np.flatnonzero(np.diff(begins, prepend=begins[:1] - 1)) if len(begins) else begins
    ends = begins[first] + span
    known = np.searchsorted(ends, local + fast, side="right") - 1
    # The last slow bar is left out while it may still change, so that bars only ever get added.
    count = int(known[-1]) + 1 if len(known) else 0
    slow = Bars(
        bars.symbol,
        timeframe,
        (begins[first] - (local - bars.ts)[first])[:count],
        bars.open[first][:count],
        _reduce(np.maximum, bars.high, first)[:count],
        _reduce(np.minimum, bars.low, first)[:count],
        bars.close[np.append(first[1:], len(begins)) - 1][:count] if count else bars.close[:0],
        _reduce(np.add, bars.volume, first)[:count],
    )
    return slow, known, int(first[count]) if count < len(first) else len(bars)


class Resampled:
    """Slower bars that grow as the faster ones do.

    bars   the slower bars that have closed
    """

    def __init__(self, fast: Bars, timeframe: str, session: Session) -> None:
        self.timeframe = timeframe
        self.session = session
        self.bars, known, self._open = _resample(fast, timeframe, session)
        self._known: Column[np.int64] = Column(known)

    def upto(self, fast: Bars) -> Bars:
        """Return the slower bars, after taking in what the faster ones have gained.

        Only the faster bars since the newest closed slow one are looked at.
        """
        done = len(self._known)
        if len(fast) > done:
            closed, begin = len(self.bars), self._open
            columns = [getattr(fast, name)[begin:] for name in COLUMNS]
            tail = Bars(fast.symbol, fast.timeframe, *columns)
            more, known, start = _resample(tail, self.timeframe, self.session)
            self._known.extend(known[done - begin :] + closed)
            self._open = begin + start
            if len(more):
                self.bars = self.bars.longer(
                    [np.append(getattr(self.bars, name), getattr(more, name)) for name in COLUMNS]
                )
        return self.bars

    def known(self, fast: Bars) -> Ints:
        """Return for every fast row the newest slow row that has closed by then."""
        self.upto(fast)
        return self._known.values()


def _reduce(
    by: np.ufunc, values: "np.ndarray[tuple[int], np.dtype[np.float64]]", first: Ints
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return by.reduceat(values, first) if len(first) else values[:0].copy()
