"""How far and for how long equity stands below its peak."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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
    """Measure drawdowns; the running peak starts at ``equity[0]``. None when there is no fall."""
    peak = np.maximum.accumulate(equity)
    if not len(equity) or peak[0] <= 0.0:
        return None
    kept = equity / peak
    bottom = int(kept.argmin())
    if kept[bottom] >= 1.0:
        return None
    at_peak = np.flatnonzero(equity >= peak)
    start, end = _around(at_peak, bottom)
    stretches = np.diff(np.append(at_peak, len(equity) - 1))
    longest = int(at_peak[stretches.argmax()])
    longest_end = longest + int(stretches.max())
    return Drawdowns(
        deepest=float(1.0 - kept[bottom]),
        deepest_start=start,
        deepest_bottom=bottom,
        deepest_end=end,
        longest_start=longest,
        longest_end=longest_end if equity[longest_end] >= peak[longest_end] else None,
    )


def _around(at_peak: NDArray[np.intp], bar: int) -> tuple[int, int | None]:
    """Return the last peak before a bar and the first one after it."""
    place = int(np.searchsorted(at_peak, bar))
    return int(at_peak[place - 1]), int(at_peak[place]) if place < len(at_peak) else None
