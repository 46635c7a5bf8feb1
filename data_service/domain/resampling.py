"""Slower bars out of faster ones; the same rule as the rollup in SQL."""

import numpy as np

from naru.bars import Bars, timeframe_ns

ORIGIN_NS = 946_857_600_000_000_000
"""2000-01-03, a Monday: buckets count from there, so that weeks start on Mondays."""


def ratio(faster: str, slower: str) -> int | None:
    """Return how many bars at most make one slower bar; None when they do not fit into it.

    Months have no fixed width, so nothing is made of them or into them.
    """
    if "mo" in faster or "mo" in slower:
        return None
    times, rest = divmod(timeframe_ns(slower), timeframe_ns(faster))
    return times if times >= 1 and rest == 0 else None


def align_up(ts_ns: int, width_ns: int) -> int:
    """Return the first bucket bound at or after an instant."""
    return ts_ns + (ORIGIN_NS - ts_ns) % width_ns


def resample(bars: Bars, timeframe: str) -> Bars:
    """Return bars at a slower timeframe: first open, highest, lowest, last close, all volume.

    A bucket in which there is no bar has no bar. Raises ValueError when ``ratio`` is None.
    """
    if ratio(bars.timeframe, timeframe) is None:
        raise ValueError(f"{timeframe} bars cannot be made of {bars.timeframe} bars")
    width = timeframe_ns(timeframe)
    buckets = bars.ts - (bars.ts - ORIGIN_NS) % width
    starts = np.flatnonzero(np.concatenate(([True], buckets[1:] != buckets[:-1])))
    ends = np.concatenate((starts[1:], [len(buckets)])) - 1
    return Bars(
        bars.symbol,
        timeframe,
        np.ascontiguousarray(buckets[starts]),
        np.ascontiguousarray(bars.open[starts]),
        np.maximum.reduceat(bars.high, starts),
        np.minimum.reduceat(bars.low, starts),
        np.ascontiguousarray(bars.close[ends]),
        np.add.reduceat(bars.volume, starts),
    )
