"""What is known of series that cannot change, kept for as long as they live.

A strategy asks several indicators about one series; whatever is the same for all of them is worked
out once. Series count by identity, so only those that nobody can write to are remembered.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from naru.ta.arrays import FloatArray

T = TypeVar("T")
_MOST_SERIES = 16
_all: weakref.WeakSet[FrozenNotes[Any]] = weakref.WeakSet()


class FrozenNotes(Generic[T]):
    """One thing known of each of the last few frozen series."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[FloatArray], T]] = {}
        _all.add(self)

    def find(self, series: FloatArray) -> T | None:
        """Return what was noted of this series; None where nothing was."""
        known = self._known.get(id(series))
        return known[1] if known is not None and known[0]() is series else None

    def note(self, series: FloatArray, value: T) -> None:
        """Remember something of a series, unless somebody can change it."""
        if not _is_frozen(series):
            return
        while len(self._known) >= _MOST_SERIES:
            del self._known[next(iter(self._known))]
        place = id(series)
        self._known[place] = weakref.ref(series, lambda gone: self._forget(place, gone)), value

    def _forget(self, place: int, gone: weakref.ref[FloatArray]) -> None:
        known = self._known.get(place)
        if known is not None and known[0] is gone:
            del self._known[place]

    def clear(self) -> None:
        """Forget all series."""
        self._known.clear()


def forget_series() -> None:
    """Drop everything that is known of any series, as measuring a first call needs it."""
    for notes in list(_all):
        notes.clear()


def _is_frozen(series: FloatArray) -> bool:
    """Tell whether nobody can change the values: neither this array nor one that it looks into."""
    array: object = series
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        array = array.base
    return True
