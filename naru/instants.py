"""Instants as texts: ISO 8601 in UTC, a whole column at a time."""

from collections.abc import Sequence
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

_NS_PER_S = 10**9
_NS_PER_DAY = 86_400 * _NS_PER_S
_DECIMALS = (0, 3, 6, 9)
_ZERO = ord("0")


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
        within = self._ts % _NS_PER_S
        return next(count for count in _DECIMALS if not (within % 10 ** (9 - count)).any())


def iso_utc(ts: NDArray[np.int64]) -> list[str]:
    """Write instants as ISO 8601 with ``Z``, all with as many decimals as one of them needs."""
    return Instants(ts)[:]


def _texts(written: NDArray[np.uint8]) -> list[str]:
    return written[2:-2].tobytes().decode("ascii").split('","') if len(written) > 2 else []


def _written(ts: NDArray[np.int64], decimals: int) -> NDArray[np.uint8]:
    """Return a JSON array of the texts, as bytes.

    They are all as long, so they are the rows of a table that is filled column by column.
    """
    if not len(ts):
        return np.frombuffer(b"[]", dtype=np.uint8)
    days, within = np.divmod(ts, _NS_PER_DAY)
    second, fraction = np.divmod(within, _NS_PER_S)
    minute, second = np.divmod(second.astype(np.int32), 60)
    hour, minute = np.divmod(minute, 60)
    pattern = b'"0000-00-00T00:00:00' + (b"." + b"0" * decimals if decimals else b"") + b'Z",'
    written = np.empty(1 + len(ts) * len(pattern), dtype=np.uint8)
    rows = written[1:].reshape(len(ts), len(pattern))
    rows[:] = np.frombuffer(pattern, dtype=np.uint8)
    rows[:, 1:11] = _dates(days)
    for place, values in ((12, hour), (15, minute), (18, second)):
        tens, ones = np.divmod(values, 10)
        rows[:, place] += tens.astype(np.uint8)
        rows[:, place + 1] += ones.astype(np.uint8)
    for place in range(decimals):
        rows[:, 21 + place] += (fraction // 10 ** (8 - place) % 10).astype(np.uint8)
    written[0], written[-1] = b"[]"
    return written


def _dates(days: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the dates of days since the epoch as rows of ten characters; each is written once."""
    begins = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
    dates = np.datetime_as_string(days[begins].astype("M8[D]")).astype("S10")
    spans = np.diff(begins, append=len(days))
    return np.repeat(dates, spans).view(np.uint8).reshape(len(days), 10)
