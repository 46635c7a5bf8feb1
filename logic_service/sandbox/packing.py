"""Bars as one sealed block of memory that children map read-only: copied once, never again."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np

from naru.bars import Bars

_COLUMNS = ("ts", "open", "high", "low", "close", "volume")
# No write from now on and no new writable mapping; of ours there is none. Python has no name for
# it. F_SEAL_WRITE would look through all pages for somebody who may still be writing to one, and
# fail for those that the kernel itself holds for a moment.
_F_SEAL_FUTURE_WRITE = 0x10


class PackedBars:
    """Bars ready to be handed to any number of runs. Close it when no more runs will start."""

    def __init__(self, bars: Sequence[Bars]) -> None:
        self.shapes: list[dict[str, Any]] = [
            {"symbol": series.symbol, "timeframe": series.timeframe, "count": len(series.ts)}
            for series in bars
        ]
        self._descriptor = _anonymous_file()
        try:
            with open(self._descriptor, "wb", closefd=False) as block:
                for series in bars:
                    for column in _COLUMNS:
                        block.write(np.ascontiguousarray(getattr(series, column)).data)
            _seal(self._descriptor)
        except BaseException:
            self.close()
            raise

    @property
    def descriptors(self) -> list[int]:
        return [self._descriptor] if self.shapes else []

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> PackedBars:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _anonymous_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("naru-bars", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with tempfile.TemporaryFile() as file:  # development systems without memfd
        return os.dup(file.fileno())


def _seal(descriptor: int) -> None:
    """Make the block immutable, for us too: children of different runs may share it."""
    if hasattr(fcntl, "F_ADD_SEALS"):
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals | _F_SEAL_FUTURE_WRITE)
