"""Instants as texts: ISO 8601 in UTC, a whole column at a time."""

from collections.abc import Sequence
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

_NS_PER_S = 10**9
_S_PER_DAY = 86_400
_DECIMALS = (0, 3, 6, 9)
_BLOCK = 16_384


class Instants(Sequence[str]):
    """Nanoseconds since the epoch that read as texts with ``Z``.

    All have as many decimals as one of them needs. Texts are written when they are looked at:
    as JSON, a column of them is one block of bytes, a quarter of what its texts would take.
    """

    def __init__(self, ts: NDArray[np.int64]) -> None:
        self._ts = ts

    def __len__(self) -> int:
        return len(self._ts)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return _texts(_written(self._ts[place], self._decimals))
        return _texts(_written(self._ts[[place]], self._decimals))[0]

    @cached_property
    def json(self) -> bytes:
        """All of them as a JSON array."""
        return _written(self._ts, self._decimals).tobytes()

    @cached_property
    def _decimals(self) -> int:
        return next(count for count in _DECIMALS if _is_whole(self._ts, 10 ** (9 - count)))


def iso_utc(ts: NDArray[np.int64]) -> list[str]:
    """Write instants as ISO 8601 with ``Z``, all with as many decimals as one of them needs."""
    return Instants(ts)[:]


def _texts(written: NDArray[np.uint8]) -> list[str]:
    return written[2:-2].tobytes().decode("ascii").split('","') if len(written) > 2 else []


def _is_whole(ts: NDArray[np.int64], unit: int) -> bool:
    return bool((ts // unit * unit == ts).all())  # NumPy divides faster than it takes remainders


def _written(ts: NDArray[np.int64], decimals: int) -> NDArray[np.uint8]:
    """Return a JSON array of the texts, as bytes.

    They are all as long, so they are the rows of a table that is filled column by column, as many
    rows at a time as stay in the cache.
    """
    if not len(ts):
        return np.frombuffer(b"[]", dtype=np.uint8)
    pattern = b'"0000-00-00T00:00:00' + (b"." + b"0" * decimals if decimals else b"") + b'Z",'
    written = np.empty(1 + len(ts) * len(pattern), dtype=np.uint8)
    rows = written[1:].reshape(len(ts), len(pattern))
    for start in range(0, len(ts), _BLOCK):
        part = rows[start : start + _BLOCK]
        part[:] = np.frombuffer(pattern, dtype=np.uint8)
        _fill(part, ts[start : start + _BLOCK], decimals)
    written[0], written[-1] = b"[]"
    return written


def _fill(rows: NDArray[np.uint8], ts: NDArray[np.int64], decimals: int) -> None:
    """Write instants into rows that hold zeros where digits belong."""
    seconds = ts // _NS_PER_S
    days = seconds // _S_PER_DAY
    rows[:, 1:11] = _dates(days)
    second = (seconds - days * _S_PER_DAY).astype(np.int32)
    for place, unit in ((12, 3_600), (15, 60), (18, 1)):
        value = second // unit
        second -= value * unit
        tens = value // 10
        rows[:, place] += tens.astype(np.uint8)
        rows[:, place + 1] += (value - tens * 10).astype(np.uint8)
    fraction = ts - seconds * _NS_PER_S
    for place in range(decimals):
        rows[:, 21 + place] += (fraction // 10 ** (8 - place) % 10).astype(np.uint8)


def _dates(days: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the dates of days since the epoch as rows of ten characters; each is written once."""
    begins = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
    dates = np.datetime_as_string(days[begins].astype("M8[D]")).astype("S10")
    spans = np.diff(begins, append=len(days))
    return np.repeat(dates, spans).view(np.uint8).reshape(len(days), 10)
