"""What incremental indicators remember of the past."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from naru.ta.arrays import NAN, FloatArray


class LagState:
    """The value of ``lag`` rows ago."""

    __slots__ = ("_past",)

    def __init__(self, lag: int) -> None:
        self._past: deque[float] = deque(maxlen=lag + 1)

    def update(self, value: float) -> float:
        """Take one value; return the one ``lag`` rows ago, NaN before there is one."""
        past = self._past
        past.append(value)
        return past[0] if len(past) == past.maxlen else NAN


class TailState:
    """A kernel that needs the last ``rows`` rows only, run on them for every new row."""

    __slots__ = ("_kernel", "_past", "_rows")

    def __init__(self, kernel: Callable[..., FloatArray], rows: int) -> None:
        self._kernel = kernel
        self._rows = rows
        self._past: deque[tuple[float, ...]] = deque(maxlen=rows)

    def update(self, *row: float) -> float:
        """Take one row; return the kernel's last value, NaN until there are enough rows."""
        self._past.append(row)
        if len(self._past) < self._rows:
            return NAN
        with np.errstate(all="ignore"):
            return float(self._kernel(*np.array(self._past).T)[-1])
