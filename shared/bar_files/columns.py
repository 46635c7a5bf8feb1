"""The six columns of a bar file: their names, and their values while a file is being read."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shared.bar_files.errors import BarFileError, BarFileProblem
from shared.bar_files.times import epoch_to_ns, whole_ticks

COLUMNS = ("ts", "open", "high", "low", "close", "volume")
_LIKELY_MEANT = {
    **dict.fromkeys(("date", "datetime", "time", "timestamp", "open_time", "index"), "ts"),
    **dict.fromkeys(("o",), "open"),
    **dict.fromkeys(("h",), "high"),
    **dict.fromkeys(("l",), "low"),
    **dict.fromkeys(("c",), "close"),
    **dict.fromkeys(("v", "vol", "qty"), "volume"),
}
_NS_PER_TICK = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_NUMPY_NAMES = {"float": "float32", "double": "float64"}
_NS_PER_DAY = 86_400_000_000_000
_FIRST_CAPACITY = 1 << 17


def match_columns(found: Sequence[str]) -> dict[str, int]:
    """Return where each of the six columns stands; capitals and blanks around names do not count.

    Raises ``BarFileError`` for missing, unknown and repeated columns, all of them at once.
    """
    names = [name.strip().lower() for name in found]
    problems = []
    for name, count in Counter(names).items():
        if name not in COLUMNS:
            meant = _LIKELY_MEANT.get(name)
            hint = f"rename it to {meant!r}" if meant else f"leave only {', '.join(COLUMNS)}"
            problems.append(_about(name, "unknown-column", f"unknown column {name[:80]!r}; {hint}"))
        elif count > 1:
            problems.append(
                _about(name, "repeated-column", f"column {name!r} is there {count} times")
            )
    for name in COLUMNS:
        if name not in names:
            hint = "; write 0 where nobody knows it" if name == "volume" else ""
            problems.append(_about(name, "missing-column", f"column {name!r} is missing{hint}"))
    if problems:
        raise BarFileError.of(problems)
    return {name: names.index(name) for name in COLUMNS}


def _about(name: str, code: str, message: str) -> BarFileProblem:
    return BarFileProblem(name[:80], None, code, message)


class GrowingColumns:
    """Six vectors that grow in place, so that a file in reading is never held twice."""

    def __init__(self, max_rows: int, expected_rows: int = _FIRST_CAPACITY) -> None:
        self._max_rows = max_rows
        self._count = 0
        self._ts_is_epoch = False
        capacity = max(1, min(expected_rows, max_rows))
        self.ts = np.empty(capacity, np.int64)
        self._prices = {name: np.empty(capacity, np.float64) for name in COLUMNS[1:]}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return self._prices[name]

    def append(self, batch: Sequence[pa.Array]) -> None:
        """Copy one batch (its arrays in the order of ``COLUMNS``) behind the rows so far.

        Raises ``BarFileError`` for missing values and beyond the row limit.
        """
        start, stop = self._count, self._count + len(batch[0])
        if stop > self._max_rows:
            raise too_many_rows(stop, self._max_rows)
        self._refuse_missing_values(batch)
        if stop > len(self.ts):
            self._resize(min(self._max_rows, max(stop, 2 * len(self.ts))))
        ts = values_of(batch[0])
        self._ts_is_epoch = not pa.types.is_temporal(batch[0].type)
        self.ts[start:stop] = (
            ts if ts.dtype.kind in "iu" else whole_ticks(ts.astype(np.float64), start)
        )
        for name, array in zip(COLUMNS[1:], batch[1:], strict=True):
            self._prices[name][start:stop] = values_of(array)
        self._count = stop

    def finish(self) -> None:
        """Give back what was reserved and not used; turn epoch numbers into nanoseconds."""
        self._resize(self._count)
        if self._ts_is_epoch:
            epoch_to_ns(self.ts)

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Drop all rows but these."""
        self.ts = self.ts[rows]
        for name in COLUMNS[1:]:
            self._prices[name] = self._prices[name][rows]
        self._count = len(self.ts)

    def _resize(self, capacity: int) -> None:
        # ndarray.resize reallocates; the operating system moves pages, nothing is copied.
        # Nobody else holds these vectors yet, so the reference check is not needed.
        self.ts.resize(capacity, refcheck=False)
        for column in self._prices.values():
            column.resize(capacity, refcheck=False)

    def _refuse_missing_values(self, batch: Sequence[pa.Array]) -> None:
        problems = []
        for name, array in zip(COLUMNS, batch, strict=True):
            if array.null_count:
                row = self._count + _first_missing(array)
                message = f"{name} has no value in row {row + 1}"
                problems.append(BarFileProblem(name, row + 1, "missing-value", message))
        if problems:
            raise BarFileError.of(problems)


def _first_missing(array: pa.Array) -> int:
    # From the buffer: Arrow's own conversions import pandas where that is installed.
    missing = array.is_null()
    bits = np.unpackbits(np.frombuffer(missing.buffers()[1], np.uint8), bitorder="little")
    return int(bits[missing.offset :].argmax())


def too_many_rows(rows: int, max_rows: int) -> BarFileError:
    """Build the error for a file with more rows than the limit."""
    message = f"the file has {rows:,} rows or more; at most {max_rows:,} are read"
    return BarFileError.about("file", "too-many-rows", message)


def values_of(array: pa.Array) -> NDArray[np.generic]:
    """Return the values of an array without missing ones; timestamps become nanoseconds.

    Reads Arrow's buffers, since its own conversions import pandas where that is installed.
    """
    kind = array.type
    if pa.types.is_decimal(kind) or pa.types.is_float16(kind):
        array, kind = array.cast(pa.float64()), pa.float64()
    if pa.types.is_timestamp(kind):
        ticks = _from_buffer(array, np.dtype(np.int64))
        return _scaled(ticks, _NS_PER_TICK[kind.unit])
    if pa.types.is_date32(kind):
        return _scaled(_from_buffer(array, np.dtype(np.int32)).astype(np.int64), _NS_PER_DAY)
    if pa.types.is_date64(kind):
        return _scaled(_from_buffer(array, np.dtype(np.int64)), _NS_PER_TICK["ms"])
    return _from_buffer(array, np.dtype(_NUMPY_NAMES.get(str(kind), str(kind))))


def _from_buffer(array: pa.Array, dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
    buffer = array.buffers()[1]
    if buffer is None:
        return np.empty(0, dtype)
    return np.frombuffer(buffer, dtype, count=len(array), offset=array.offset * dtype.itemsize)


def _scaled(ticks: NDArray[np.generic], ns_per_tick: int) -> NDArray[np.int64]:
    values = ticks.astype(np.int64, copy=False)
    if ns_per_tick == 1 or not len(values):
        return values
    bound = np.iinfo(np.int64).max // ns_per_tick
    far = (values > bound) | (values < -bound)
    if far.any():
        message = "ts lies outside the years 1678 to 2261"
        raise BarFileError.about("ts", "time-out-of-range", message)
    return values * ns_per_tick
