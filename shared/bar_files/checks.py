"""The rules that the values of a bar file must keep."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shared.bar_files.columns import COLUMNS, GrowingColumns
from shared.bar_files.errors import BarFileError, BarFileProblem

Contradictions = Literal["refuse", "drop"]
_ROWS_NAMED = 5


def drop_repeated_rows(columns: GrowingColumns) -> int:
    """Drop rows that repeat the one before them value by value; return how many there were.

    Two different bars with the same ``ts`` are refused: nobody can say which one is true.
    """
    same_ts = columns.ts[1:] == columns.ts[:-1]
    if not same_ts.any():
        return 0
    repeats = same_ts.copy()
    for name in COLUMNS[1:]:
        repeats &= columns[name][1:] == columns[name][:-1]
    if conflicting := list(_breach("ts", "duplicate-ts", same_ts & ~repeats, _DUPLICATE, offset=2)):
        raise BarFileError.of(conflicting)
    columns.keep(np.concatenate(([True], ~repeats)))
    return int(repeats.sum())


def drop_contradicting_rows(columns: GrowingColumns) -> int:
    """Drop rows whose open, high, low and close cannot all be true; return how many there were."""
    contradicting = _contradictions(columns)
    if not contradicting.any():
        return 0
    columns.keep(~contradicting)
    return int(contradicting.sum())


def check_values(columns: GrowingColumns) -> None:
    """Raise ``BarFileError`` with one problem for each rule that rows break."""
    problems = [
        *_breach("ts", "unsorted", columns.ts[1:] < columns.ts[:-1], _UNSORTED, offset=2),
        *_breach("high", "ohlc-contradiction", _contradictions(columns), _CONTRADICTION),
    ]
    for name in COLUMNS[1:]:
        values = columns[name]
        problems += _breach(
            name, "not-finite", ~np.isfinite(values), f"{name} is not a finite number"
        )
        if name == "volume":
            problems += _breach(name, "negative-volume", values < 0, "volume is negative")
        else:
            problems += _breach(
                name, "price-not-positive", values <= 0, f"{name} is not above zero"
            )
    if problems:
        raise BarFileError.of(problems)


_UNSORTED = "rows must be sorted by ts, the oldest first; ts goes back"
_DUPLICATE = "ts is that of the row above, with other values"
_CONTRADICTION = "open, high, low and close contradict each other"


def _contradictions(columns: GrowingColumns) -> NDArray[np.bool_]:
    high, low = columns["high"], columns["low"]
    contradicting: NDArray[np.bool_] = high < low
    for name in ("open", "close"):
        contradicting |= (columns[name] > high) | (columns[name] < low)
    return contradicting


def _breach(
    field: str, code: str, broken: NDArray[np.bool_], rule: str, offset: int = 1
) -> Iterator[BarFileProblem]:
    """Yield the problem of the rows where ``broken`` is set, if any."""
    if not broken.any():
        return
    count = int(np.count_nonzero(broken))
    first = int(broken.argmax())
    rows = [str(row + offset) for row in np.flatnonzero(broken[: first + 100_000])[:_ROWS_NAMED]]
    where = f"row {rows[0]}" if count == 1 else f"{count:,} rows, first {', '.join(rows)}"
    yield BarFileProblem(field, first + offset, code, f"{rule} in {where}")
