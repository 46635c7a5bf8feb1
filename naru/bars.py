"""Bars: one instrument's OHLCV series at one timeframe, as columns."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

NS_PER_UNIT = {
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
    "mo": 2_629_800_000_000_000,  # a twelfth of 365.25 days; months differ, so bars do too
}
_TIMEFRAME = re.compile(r"([1-9][0-9]{0,3})(ms|s|m|h|d|w|mo)")
_PRICES = ("open", "high", "low", "close", "volume")
COLUMNS = ("ts", *_PRICES)
_FIRST_BARS = 4096
_SHORTEST_MONTH_NS, _LONGEST_MONTH_NS = 28 * NS_PER_UNIT["d"], 31 * NS_PER_UNIT["d"]


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """One instrument at one timeframe.

    symbol      the instrument's name, as orders and results spell it
    timeframe   "1m", "5m", "1h", "1d", "1w", ...
    ts          nanoseconds since the epoch, UTC, of each bar's open; strictly increasing
    open, high, low, close   quote currency per unit
    volume      units traded

    All arrays have the same length, are C-contiguous and are made read-only here. Raises
    ``ValueError`` when they differ in length, have another type or are not in order. That prices
    are finite and agree with each other is checked where bars are read, not here.
    """

    symbol: str
    timeframe: str
    ts: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]

    def __post_init__(self) -> None:
        timeframe_ns(self.timeframe)
        for name, dtype in (("ts", np.int64), *((price, np.float64) for price in _PRICES)):
            column = getattr(self, name)
            if column.dtype != dtype or column.ndim != 1 or not column.flags.c_contiguous:
                raise ValueError(f"{name} must be a contiguous vector of {dtype.__name__}")
            if len(column) != len(self.ts):
                raise ValueError(f"{name} has {len(column)} values, ts has {len(self.ts)}")
            column.flags.writeable = False
        if (self.ts[1:] <= self.ts[:-1]).any():
            raise ValueError("ts must be strictly increasing")

    def __len__(self) -> int:
        return len(self.ts)

    def longer(self, columns: Sequence[NDArray[Any]]) -> "Bars":
        """Return the same instrument with columns (ts first) that begin as its own do.

        Only the order of what is new is checked, so that adding a bar costs the same at any length.
        """
        ts, known = columns[0], len(self.ts)
        new = ts[max(known - 1, 0) :]
        if (new[1:] <= new[:-1]).any():
            raise ValueError("ts must be strictly increasing")
        return Bars.unchecked(self.symbol, self.timeframe, columns)

    @classmethod
    def unchecked(cls, symbol: str, timeframe: str, columns: Sequence[NDArray[Any]]) -> "Bars":
        """Return bars of columns (ts first) that are known to be in order; none is looked at."""
        bars = object.__new__(cls)
        object.__setattr__(bars, "symbol", symbol)
        object.__setattr__(bars, "timeframe", timeframe)
        for name, column in zip(COLUMNS, columns, strict=True):
            column.flags.writeable = False
            object.__setattr__(bars, name, column)
        return bars

    def sha256(self) -> str:
        """Return the hash of the content: the timeframe and every value, in one canonical form.

        It depends neither on the file the bars came from (format, compression, path) nor on the
        name that the instrument was given. Values are hashed as little-endian int64 and float64,
        column by column, after the bar count; a negative zero counts as zero.
        """
        digest = hashlib.sha256(f"naru-bars-1 {self.timeframe} {len(self)}\n".encode())
        digest.update(self.ts.astype("<i8", copy=False).data)
        for name in _PRICES:
            digest.update((getattr(self, name) + 0.0).astype("<f8", copy=False).data)
        return digest.hexdigest()


@lru_cache(maxsize=64)
def timeframe_ns(timeframe: str) -> int:
    """Return the timeframe's length in nanoseconds; ``ValueError`` for what is none."""
    match = _TIMEFRAME.fullmatch(timeframe)
    if match is None:
        raise ValueError(f"{timeframe!r} is no timeframe; write it as 1m, 5m, 1h, 1d or 1w")
    return int(match[1]) * NS_PER_UNIT[match[2]]


def infer_timeframe(ts: NDArray[np.int64]) -> str:
    """Return the most frequent distance between neighbours (the shorter one of equals).

    Sessions, weekends and missing bars make distances longer, never shorter, and are rarer than
    ordinary neighbours. Raises ``ValueError`` when fewer than two bars are given, or when the
    distance is no whole number of milliseconds.
    """
    if len(ts) < 2:
        raise ValueError("one bar alone does not tell its timeframe; give two or more")
    step = _most_frequent_distance(ts)
    if _SHORTEST_MONTH_NS <= step <= _LONGEST_MONTH_NS and step % NS_PER_UNIT["d"] == 0:
        return "1mo" if step != _SHORTEST_MONTH_NS else "4w"
    for unit in ("w", "d", "h", "m", "s", "ms"):
        if step > 0 and step % NS_PER_UNIT[unit] == 0 and step // NS_PER_UNIT[unit] < 10_000:
            return f"{step // NS_PER_UNIT[unit]}{unit}"
    raise ValueError(f"neighbouring bars are {step} ns apart, which is no timeframe")


def _most_frequent_distance(ts: NDArray[np.int64]) -> int:
    """Return the most frequent distance between neighbours, the shorter one of equals.

    What the first bars are apart is mostly what more than half of all are: nothing need be sorted.
    """
    distances, counts = np.unique(np.diff(ts[:_FIRST_BARS]), return_counts=True)
    step = int(distances[counts.argmax()])
    if len(ts) > _FIRST_BARS and np.count_nonzero(ts[1:] - ts[:-1] == step) * 2 < len(ts):
        distances, counts = np.unique(np.diff(ts), return_counts=True)
        step = int(distances[counts.argmax()])
    return step
