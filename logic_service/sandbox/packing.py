"""Bars as one sealed block of memory that children map read-only: copied once, never again."""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from logic_service.sandbox.types import SandboxUnavailableError
from naru.bars import COLUMNS, Bars

# No write from now on and no new writable mapping; of ours there is none. Python has no name for
# it. F_SEAL_WRITE would look through all pages for somebody who may still be writing to one, and
# fail for those that the kernel itself holds for a moment.
_F_SEAL_FUTURE_WRITE = 0x10


class PackedBars:
    """Bars to be handed to any number of runs. Close it when no more runs will start.

    They lie column by column: the instants of all series, then all opens, and so on, since a run
    reads few of the columns, and the first touch of each page takes time. Instants that are those
    of the first series are left out; with them goes the comparing of instants in every run.

    The first run lays them out, so that its child can get ready meanwhile; ``lay`` does it sooner.

    shapes  what ``runner.map_bars`` finds them again by
    """

    def __init__(self, bars: Sequence[Bars]) -> None:
        self.shapes: list[dict[str, Any]] = [
            {
                "symbol": series.symbol,
                "timeframe": series.timeframe,
                "count": len(series.ts),
                "has_instants": place == 0 or not np.array_equal(series.ts, bars[0].ts),
            }
            for place, series in enumerate(bars)
        ]
        self._bars = tuple(bars)
        self._descriptor = _anonymous_file()
        self._is_laid = False
        self._lock = threading.Lock()

    @property
    def is_laid(self) -> bool:
        return self._is_laid

    def lay(self) -> None:
        """Copy the bars into the block and seal it, unless that was done.

        Raises SandboxUnavailableError when the system has no room for them.
        """
        with self._lock:
            if not self._is_laid:
                try:
                    self._copy()
                    _seal(self._descriptor)
                except OSError as error:
                    message = f"the bars find no room in memory: {error.strerror}"
                    raise SandboxUnavailableError(message) from error
                self._is_laid = True

    def _copy(self) -> None:
        with open(self._descriptor, "wb", closefd=False) as block:
            block.seek(0)
            for column in COLUMNS:
                for series, shape in zip(self._bars, self.shapes, strict=True):
                    if column != "ts" or shape["has_instants"]:
                        block.write(np.ascontiguousarray(getattr(series, column)).data)

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
