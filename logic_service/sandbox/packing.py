"""Bars as one sealed block of memory that children map read-only: copied once, never again."""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np

from logic_service.sandbox.job import FIRST_COLUMNS
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
    A child maps them before they lie there. Its descriptor can only be read from, and what is
    mapped by it stays so: a seal comes too late for mappings that there are already.

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
        self._copied: set[str] = set()
        self._is_laid = False
        self._lock = threading.Lock()
        with _room():
            self._writer, self._reader = _anonymous_file(sum(map(self._size, COLUMNS)))

    @property
    def is_laid(self) -> bool:
        return self._is_laid

    def lay_first(self) -> None:
        """Copy the columns that most strategies read, unless that was done; ``lay`` as well."""
        with self._lock, _room():
            self._copy(FIRST_COLUMNS)

    def lay(self) -> None:
        """Copy the bars into the block and seal it, unless that was done.

        Raises SandboxUnavailableError when the system has no room for them.
        """
        with self._lock, _room():
            if not self._is_laid:
                self._copy(COLUMNS)
                _seal(self._writer)
                self._is_laid = True

    def _copy(self, columns: Sequence[str]) -> None:
        with open(self._writer, "wb", closefd=False) as block:
            offset = 0
            for column in COLUMNS:
                if column in columns and column not in self._copied:
                    block.seek(offset)
                    self._write(column, block)
                    block.flush()  # what waits in a buffer may still find no room
                    self._copied.add(column)
                offset += self._size(column)

    def _write(self, column: str, block: BinaryIO) -> None:
        for series, _ in self._parts(column):
            block.write(np.ascontiguousarray(getattr(series, column)).data)

    def _parts(self, column: str) -> list[tuple[Bars, dict[str, Any]]]:
        """Return the series of which a column is laid out."""
        parts = zip(self._bars, self.shapes, strict=True)
        return [part for part in parts if column != "ts" or part[1]["has_instants"]]

    def _size(self, column: str) -> int:
        return 8 * sum(len(series) for series, _ in self._parts(column))

    @property
    def descriptors(self) -> list[int]:
        return [self._reader] if self.shapes else []

    def close(self) -> None:
        if self._writer >= 0:
            os.close(self._writer)
            os.close(self._reader)
            self._writer = self._reader = -1

    def __enter__(self) -> PackedBars:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def _room() -> Iterator[None]:
    """Say what the system refuses as what it means here."""
    try:
        yield
    except OSError as error:
        message = f"the bars find no room in memory: {error.strerror}"
        raise SandboxUnavailableError(message) from error


def _anonymous_file(size: int) -> tuple[int, int]:
    """Return a descriptor to write by and one to read by. Raises OSError."""
    if hasattr(os, "memfd_create"):
        writer = os.memfd_create("naru-bars", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        return _with_a_reader(writer, f"/proc/self/fd/{writer}", size)
    with tempfile.NamedTemporaryFile() as file:  # development systems without memfd
        return _with_a_reader(os.dup(file.fileno()), file.name, size)


def _with_a_reader(writer: int, path: str, size: int) -> tuple[int, int]:
    try:
        os.ftruncate(writer, size)
        return writer, os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        os.close(writer)
        raise


def _seal(descriptor: int) -> None:
    """Make the block immutable, for us too: children of different runs may share it."""
    if hasattr(fcntl, "F_ADD_SEALS"):
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals | _F_SEAL_FUTURE_WRITE)
