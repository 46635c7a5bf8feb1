"""Instants as texts: ISO 8601 in UTC, a whole column at a time."""

from collections.abc import Sequence
from functools import cache, cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

_NS_PER_S = 10**9
_S_PER_DAY = 86_400
_DECIMALS = (0, 3, 6, 9)
_BLOCK = 32_768


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
    def json(self) -> memoryview:
        """All of them as a JSON array."""
        return _written(self._ts, self._decimals).data

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

    They are all as long, so they are the rows of a table, as many at a time as stay in the cache.
    """
    if not len(ts):
        return np.frombuffer(b"[]", dtype=np.uint8)
    tail = b"T00:00:00" + (b"." + b"0" * decimals if decimals else b"") + b'Z",'
    length = len('"0000-00-00') + len(tail)
    written = np.empty(1 + len(ts) * length, dtype=np.uint8)
    for start in range(0, len(ts), _BLOCK):
        part = ts[start : start + _BLOCK]
        rows = written[1 + start * length :][: len(part) * length]
        seconds = part // _NS_PER_S
        days = seconds // _S_PER_DAY
        rows.view(f"V{length}")[:] = _midnights(days, tail)
        rows.view(_with_clock(length))["clock"] = _clocks()[seconds - days * _S_PER_DAY]
        fraction = part - seconds * _NS_PER_S
        for place in range(decimals):
            digit = fraction // 10 ** (8 - place) % 10
            rows.reshape(len(part), length)[:, 21 + place] += digit.astype(np.uint8)
    written[0], written[-1] = b"[]"
    return written


def _midnights(days: NDArray[np.int64], tail: bytes) -> NDArray[np.void]:
    """Return rows that begin with the dates of days since the epoch; each is written once."""
    begins = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
    dates = np.datetime_as_string(days[begins].astype("M8[D]")).tolist()
    texts = b"".join(b'"' + date.encode() + tail for date in dates)
    rows = np.frombuffer(texts, dtype=f"V{len(texts) // len(dates)}")
    return np.repeat(rows, np.diff(begins, append=len(days)))


def _with_clock(length: int) -> np.dtype[np.void]:
    return np.dtype(
        {"names": ["clock"], "formats": [np.uint64], "offsets": [12], "itemsize": length}
    )


@cache
def _clocks() -> NDArray[np.uint64]:
    """Return the eight characters of ``hh:mm:ss`` for each second of a day, as one number."""
    seconds = np.arange(_S_PER_DAY)
    texts = np.full((_S_PER_DAY, 8), ord(":"), dtype=np.uint8)
    for place, value in ((0, seconds // 3_600), (3, seconds // 60 % 60), (6, seconds % 60)):
        texts[:, place] = ord("0") + value // 10
        texts[:, place + 1] = ord("0") + value % 10
    return texts.view(np.uint64)[:, 0]
