"""Time in metrics: years, bars per year, months."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NS_PER_S = 1_000_000_000
NS_PER_YEAR = 31_557_600 * NS_PER_S  # 365.25 days


def bars_per_year(ts: NDArray[np.int64]) -> float | None:
    """Return how many bars a year of this very series has: intervals over elapsed years.

    Counted, not looked up: about 251.6 for a share's daily bars, 365.25 for a coin's. Nights,
    weekends and holidays are in the count because they are in the series. None below two bars.
    A series shorter than some weeks cannot know its closures; it then counts too many.
    """
    if len(ts) < 2:
        return None
    return (len(ts) - 1) / ((int(ts[-1]) - int(ts[0])) / NS_PER_YEAR)


@dataclass(frozen=True, slots=True)
class MonthlyReturn:
    """The return of one calendar month in UTC, as a fraction of the equity it began with."""

    year: int
    month: int
    value: float


def monthly_returns(ts: NDArray[np.int64], equity: NDArray[np.float64]) -> list[MonthlyReturn]:
    """Return one entry for each month that has bars; their compounded product is the total.

    ``equity[0]`` is what the first month begins with. A month ends with its last bar, by the bar's
    open. A month that begins with nothing is left out.
    """
    first, final = ts[[0, -1]].astype("M8[ns]").astype("M8[M]")
    months = np.arange(first, final + 1)
    ends_at = np.searchsorted(ts, (months + 1).astype("M8[ns]").astype(np.int64)) - 1
    begun_at = np.concatenate(([-1], ends_at[:-1]))
    numbers = months.astype(np.int64).tolist()
    starts, ends = equity[np.maximum(begun_at, 0)].tolist(), equity[ends_at].tolist()
    return [
        MonthlyReturn(1970 + number // 12, 1 + number % 12, end / start - 1.0)
        for number, has_bars, start, end in zip(
            numbers, (ends_at > begun_at).tolist(), starts, ends, strict=True
        )
        if has_bars and start > 0.0
    ]


def last_of_each_day(ts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the positions of each UTC day's last bar."""
    days = ts // (86_400 * NS_PER_S)
    return np.append(np.flatnonzero(np.diff(days)), len(days) - 1)
