"""What was found in a file that could be read: gaps, repeated rows, rows left out."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from naru.bars import Bars, timeframe_ns

_GAPS_LISTED = 100
_WEEK_NS = 604_800_000_000_000


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without bars between two neighbours; times in nanoseconds since the epoch, UTC."""

    after_ts: int
    before_ts: int
    missing_bars: int


@dataclass(frozen=True, slots=True)
class QualityReport:
    """Facts about an import.

    rows                 rows in the file
    bars                 rows that became bars
    repeated_rows        rows left out because they repeat the row before them
    contradicting_rows   rows left out because their prices contradict each other
    zero_volume_bars     bars in which nothing was traded
    gap_count            gaps that do not come back at least every other week
    missing_bars         bars that would fill those gaps
    regular_gap_count    gaps whose length comes back that often: nights, weekends
    gaps                 the longest irregular gaps, at most 100, in order of time
    """

    rows: int
    bars: int
    repeated_rows: int
    contradicting_rows: int
    zero_volume_bars: int
    gap_count: int
    missing_bars: int
    regular_gap_count: int
    gaps: tuple[Gap, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


def report_on(bars: Bars, rows: int, repeated_rows: int, contradicting_rows: int) -> QualityReport:
    """Look for gaps and gather the counts."""
    step = timeframe_ns(bars.timeframe)
    distances = np.diff(bars.ts)
    wide = np.flatnonzero(distances > 3 * step // 2)
    _, inverse, counts = np.unique(distances[wide], return_inverse=True, return_counts=True)
    weeks = (int(bars.ts[-1]) - int(bars.ts[0])) / _WEEK_NS
    regular = (counts >= max(4.0, weeks / 2))[inverse]
    irregular = wide[~regular]
    missing = distances[irregular] // step - 1
    longest = np.sort(irregular[np.argsort(-missing, kind="stable")[:_GAPS_LISTED]])
    return QualityReport(
        rows=rows,
        bars=len(bars),
        repeated_rows=repeated_rows,
        contradicting_rows=contradicting_rows,
        zero_volume_bars=int(np.count_nonzero(bars.volume == 0)),
        gap_count=len(irregular),
        missing_bars=int(np.maximum(missing, 1).sum()),
        regular_gap_count=int(regular.sum()),
        gaps=tuple(
            Gap(int(bars.ts[at]), int(bars.ts[at + 1]), max(1, int(distances[at] // step - 1)))
            for at in longest
        ),
    )
