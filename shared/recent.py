"""A small memory of recent answers, bounded in size and age."""

from collections.abc import Hashable
from time import monotonic
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class RecentAnswers(Generic[Key, Value]):
    """Remembers values for some seconds; forgets the oldest when it is full."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: dict[Key, tuple[float, Value]] = {}

    def get(self, key: Key) -> Value | None:
        """Return what is remembered, or None."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept[0] < monotonic():
            del self._kept[key]
            return None
        return kept[1]

    def put(self, key: Key, value: Value, age_s: float) -> None:
        """Remember a value for ``age_s`` seconds."""
        self._kept.pop(key, None)
        if len(self._kept) >= self._size:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (monotonic() + age_s, value)
