"""Vectors that grow at their end without being copied each time."""

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

_BLOCK = 4096  # values that are looked at together
Kind = TypeVar("Kind", np.float64, np.int64)


class Column(Generic[Kind]):
    """A vector of one type, with room behind its end."""

    __slots__ = ("_buffer", "_count")

    def __init__(self, values: NDArray[Kind]) -> None:
        self._buffer: NDArray[Any] = values
        self._count = len(values)

    def __len__(self) -> int:
        return self._count

    def append(self, value: float) -> None:
        """Add a value."""
        if self._count == len(self._buffer):
            grown = np.empty(max(2 * self._count, 64), dtype=self._buffer.dtype)
            grown[: self._count] = self._buffer
            self._buffer = grown
        self._buffer[self._count] = value
        self._count += 1

    def extend(self, values: NDArray[Kind]) -> None:
        """Add values."""
        for value in values.tolist():
            self.append(value)

    def values(self) -> NDArray[Kind]:
        """Return all values so far."""
        known: NDArray[Kind] = self._buffer[: self._count]
        return known


def first_known(values: NDArray[np.float64]) -> int:
    """Return the first row with a value; mostly it is found without looking at them all."""
    for start in range(0, len(values), _BLOCK):
        known = ~np.isnan(values[start : start + _BLOCK])
        if known.any():
            return start + int(known.argmax())
    return len(values)
