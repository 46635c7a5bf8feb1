"""What is known of series that cannot change, kept for as long as they live.

A strategy asks several indicators about one series; whatever is the same for all of them is worked
out once. Series count by identity, so only those that nobody can write to are remembered. Vector
strategies are tried again on the beginnings of series, of which the same is known.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from naru.ta.arrays import FloatArray

T = TypeVar("T")
_MOST_SERIES = 16
_all: weakref.WeakSet[FrozenNotes[Any]] = weakref.WeakSet()


class _ByIdentity(Generic[T]):
    """Something about each of the last few arrays that live."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[FloatArray], T]] = {}

    def find(self, series: FloatArray) -> T | None:
        known = self._known.get(id(series))
        return known[1] if known is not None and known[0]() is series else None

    def note(self, series: FloatArray, value: T) -> None:
        while len(self._known) >= _MOST_SERIES:
            del self._known[next(iter(self._known))]
        place = id(series)
        self._known[place] = weakref.ref(series, lambda gone: self._forget(place, gone)), value

    def _forget(self, place: int, gone: weakref.ref[FloatArray]) -> None:
        known = self._known.get(place)
        if known is not None and known[0] is gone:
            del self._known[place]

    def clear(self) -> None:
        self._known.clear()


_wholes: _ByIdentity[weakref.ref[FloatArray]] = _ByIdentity()


class FrozenNotes(Generic[T]):
    """One thing known of each of the last few frozen series.

    of_beginning  what is known of so many first values where it is known of all; None for nothing
    """

    def __init__(self, of_beginning: Callable[[T, int], T | None]) -> None:
        self._of_beginning = of_beginning
        self._notes: _ByIdentity[T] = _ByIdentity()
        _all.add(self)

    def find(self, series: FloatArray) -> T | None:
        """Return what was noted of this series, or follows for it; None where nothing does."""
        known = self._notes.find(series)
        if known is None:
            reference = _wholes.find(series)
            whole = None if reference is None else reference()
            of_whole = None if whole is None else self._notes.find(whole)
            if of_whole is not None:
                known = self._of_beginning(of_whole, len(series))
        return known

    def note(self, series: FloatArray, value: T) -> None:
        """Remember something of a series, unless somebody can change it."""
        if _is_frozen(series):
            self._notes.note(series, value)

    def clear(self) -> None:
        """Forget all series."""
        self._notes.clear()


def beginning(whole: FloatArray, count: int) -> FloatArray:
    """Return the first values of a series, of which what is known of the whole is known, too."""
    part = whole[:count]
    _wholes.note(part, weakref.ref(whole))
    return part


def forget_series() -> None:
    """Drop everything that is known of any series, as measuring a first call needs it."""
    for notes in list(_all):
        notes.clear()
    _wholes.clear()


def _is_frozen(series: FloatArray) -> bool:
    """Tell whether nobody can change the values: neither this array nor one that it looks into."""
    array: object = series
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        array = array.base
    return True
