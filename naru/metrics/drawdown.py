"""How far and for how long equity stands below its peak."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Drawdowns:
    """The deepest fall and the longest stretch below a peak.

    deepest               fraction of the peak, >= 0; 1 and more when equity is lost or owed
    deepest_start         bar of the peak before the deepest fall
    deepest_bottom        bar of its lowest equity
    deepest_end           first bar at or above that peak again; None while it lasts
    longest_start, longest_end   the same for the longest stretch below a peak
    """

    deepest: float
    deepest_start: int
    deepest_bottom: int
    deepest_end: int | None
    longest_start: int
    longest_end: int | None


def drawdown_series(equity: Floats) -> Floats:
    """Return ``1 - equity / running peak`` for each bar; ``equity[0]`` is the first peak, > 0."""
    peak = np.maximum.accumulate(equity)
    return 1.0 - equity / peak


def find_drawdowns(equity: Floats) -> Drawdowns | None:
    """Measure drawdowns; the running peak starts at ``equity[0]``. None when there is no fall.

    Whole blocks that stay below the peak before them hold no peak, so only their lowest value is
    looked for; running maxima, which are slow, are taken in the others alone.
    """
    if not len(equity) or equity[0] <= 0.0:
        return None
    low, bottom, at_peak = _lowest(equity)
    if low >= 1.0:
        return None
    start, end = _around(at_peak, bottom)
    stretches = np.diff(np.append(at_peak, len(equity) - 1))
    longest = int(at_peak[stretches.argmax()])
    longest_end = longest + int(stretches.max())
    ends_at_peak = int(at_peak[-1]) >= longest_end
    return Drawdowns(
        deepest=1.0 - low,
        deepest_start=start,
        deepest_bottom=bottom,
        deepest_end=end,
        longest_start=longest,
        longest_end=longest_end if ends_at_peak else None,
    )


def deepest_fall(values: Floats) -> float:
    """Return the largest fall from a running peak, as a fraction of it; 0 without any."""
    drawdowns = find_drawdowns(values)
    return 0.0 if drawdowns is None else drawdowns.deepest


def _lowest(equity: Floats) -> tuple[float, int, Places]:
    """Return the least fraction kept of the peak, its bar, and all bars at a peak."""
    whole = len(equity) // _BLOCK * _BLOCK
    blocks = equity[:whole].reshape(-1, _BLOCK)
    highs = blocks.max(axis=1)
    before = np.maximum.accumulate(np.append(equity[0], highs))
    kept = blocks.min(axis=1) / before[:-1]
    rising = np.flatnonzero(highs >= before[:-1])
    rows = blocks[rising]
    peaks = _peaks(rows, before[rising])
    kept[rising] = (rows / peaks).min(axis=1)
    block, place = np.nonzero(rows >= peaks)
    at_peak = rising[block] * _BLOCK + place
    if whole < len(equity):
        tail = equity[np.newaxis, whole:]
        peaks = _peaks(tail, before[-1:])
        kept = np.append(kept, (tail / peaks).min())
        at_peak = np.append(at_peak, whole + np.flatnonzero(tail >= peaks))
    deepest = int(kept.argmin())
    begin = deepest * _BLOCK
    row = equity[np.newaxis, begin : begin + _BLOCK]
    bottom = begin + int((row / _peaks(row, before[deepest : deepest + 1])).argmin())
    return float(kept[deepest]), bottom, at_peak


def _peaks(blocks: Floats, before: Floats) -> Floats:
    """Return the running peak within each block, ``before`` being the one that it begins with."""
    return np.maximum(np.maximum.accumulate(blocks, axis=1), before[:, np.newaxis])


def _around(at_peak: Places, bar: int) -> tuple[int, int | None]:
    """Return the last peak before a bar and the first one after it."""
    place = int(np.searchsorted(at_peak, bar))
    return int(at_peak[place - 1]), int(at_peak[place]) if place < len(at_peak) else None
