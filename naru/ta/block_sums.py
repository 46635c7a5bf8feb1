"""Window sums of products, in constant time a bar and without the drift of running sums.

The series is cut into blocks as long as the window. A window that ends in a block is a tail of
the block before and a head of this one, so two cumulated sums a block give every window
(the "two stacks" of a queue). All values enter as distances from the first value of the block in
which the window ends. That value is always in the window and never in the future; so a window of
equal values has distances of exactly zero, and variances do not drown in the price level.
Plain sums, of volumes for instance, are taken from zero instead (``centered``, one flag for all
series or one for each).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from naru.ta.arrays import NAN, FloatArray

# Called with the distances (one per series) and the rows' places relative to the block's start;
# returns the terms to be summed. Written with + - * only, it serves arrays and floats alike.
Terms: TypeAlias = Callable[..., Sequence[Any]]
# Called with the sums of the terms, the values that distances were taken from (one per series)
# and the places in their blocks where windows end (0 to period - 1); returns the outputs. It also
# serves arrays and floats alike, see ``naru.ta.elementwise``.
Finish: TypeAlias = Callable[[Sequence[Any], Sequence[Any], Any], Sequence[Any]]
Centered: TypeAlias = bool | tuple[bool, ...]
CHUNK = 1 << 16  # values worked on at once: they stay in the cache
TALL = 512  # from this many rows on, adding row by row costs more than NumPy's own accumulate


def block_windows(
    series: Sequence[FloatArray],
    period: int,
    terms: Terms,
    finish: Finish,
    centered: Centered = True,
) -> list[FloatArray]:
    """Return what ``finish`` makes of the sums over every full window of ``period`` rows."""
    rows = len(series[0])
    blocks = -(-rows // period)
    padded = []
    for values in series:
        whole = np.empty(blocks * period)
        whole[:rows] = values
        whole[rows:] = values[-1]
        padded.append(whole.reshape(blocks, period))
    outputs: list[FloatArray] = []
    step = max(1, CHUNK // period)
    for first in range(0, blocks, step):
        chunk = slice(first, min(first + step, blocks))
        for index, part in enumerate(_chunk(padded, chunk, terms, finish, centered)):
            if first == 0:
                outputs.append(np.empty(blocks * period))
            outputs[index].reshape(blocks, period)[chunk] = part.T
    return [output[period - 1 : rows] for output in outputs]


def _chunk(
    padded: Sequence[FloatArray], chunk: slice, terms: Terms, finish: Finish, centered: Centered
) -> Sequence[FloatArray]:
    """Return the outputs for windows that end in the ``chunk`` of blocks; a column is a block."""
    period = padded[0].shape[1]
    place = np.arange(float(period))[:, None]
    here, before, bases = [], [], []
    for values, distant in zip(padded, _flags(centered, len(padded)), strict=True):
        base = values[chunk, 0] if distant else np.zeros(chunk.stop - chunk.start)
        bases.append(base)
        here.append(values[chunk].T - base)
        # The first block has none before it; its windows are warm-up and are cut off later.
        previous = values[max(chunk.start - 1, 0) : chunk.stop - 1]
        if chunk.start == 0:
            previous = np.concatenate((values[:1], previous))
        before.append(previous.T - base)
    sums = []
    heads = terms(*here, place)
    tails = terms(*before, place - period)
    for head, tail in zip(heads, tails, strict=True):
        total = _accumulated(head)
        rest = _accumulated(tail[:0:-1])
        total[:-1] += rest[::-1]
        sums.append(total)
    return finish(sums, bases, place)


def _flags(centered: Centered, count: int) -> tuple[bool, ...]:
    return centered if isinstance(centered, tuple) else (centered,) * count


def _accumulated(rows: FloatArray) -> FloatArray:
    """Return the running sums down the columns, added in order."""
    if len(rows) > TALL or not len(rows):
        running: FloatArray = np.add.accumulate(rows, axis=0)
        return running
    sums = np.empty(rows.shape)
    sums[0] = rows[0]
    for row in range(1, len(rows)):
        np.add(sums[row - 1], rows[row], out=sums[row])
    return sums


class BlockState:
    """The same sums, in the same order of additions, fed row by row.

    After ``update`` has returned True: ``sums``, ``reference`` and ``place`` of the newest window.
    """

    __slots__ = (
        "_before",
        "_block",
        "_centered",
        "_heads",
        "_period",
        "_tails",
        "_terms",
        "place",
        "reference",
    )

    def __init__(self, period: int, terms: Terms, centered: Centered = True) -> None:
        self._period = period
        self._terms = terms
        self._centered = centered
        self._before: list[tuple[float, ...]] = []
        self._block: list[tuple[float, ...]] = []
        self._heads: list[float] = []
        self._tails: list[list[float]] = []
        self.reference: tuple[float, ...] = ()
        self.place = -1

    def update(self, *row: float) -> bool:
        """Take one row; return whether a window is full."""
        if self.place == self._period - 1 or not self.reference:
            self._start_block(row)
        else:
            self.place += 1
            self._heads = [
                head + term
                for head, term in zip(self._heads, self._row_terms(row, self.place), strict=True)
            ]
        self._block.append(row)
        return bool(self._before) or self.place == self._period - 1

    @property
    def sums(self) -> list[float]:
        """The sums over the newest full window, one per term."""
        if self.place == self._period - 1:
            return self._heads
        tails = self._tails[self._period - 2 - self.place]
        return [head + tail for head, tail in zip(self._heads, tails, strict=True)]

    def _row_terms(self, row: tuple[float, ...], place: int) -> Sequence[float]:
        distances = (value - base for value, base in zip(row, self.reference, strict=True))
        return self._terms(*distances, float(place))

    def _start_block(self, row: tuple[float, ...]) -> None:
        self._before, self._block = self._block, []
        flags = _flags(self._centered, len(row))
        self.reference = tuple(
            value if distant else 0.0 for value, distant in zip(row, flags, strict=True)
        )
        self.place = 0
        self._heads = list(self._row_terms(row, 0))
        self._tails = []
        sums: list[float] = []
        for place in range(len(self._before) - 1, 0, -1):
            terms = self._row_terms(self._before[place], place - self._period)
            sums = [a + b for a, b in zip(sums, terms, strict=True)] if sums else list(terms)
            self._tails.append(sums)


class WindowState:
    """One output of ``block_windows``, fed row by row."""

    __slots__ = ("_finish", "_window")

    def __init__(
        self, period: int, terms: Terms, finish: Finish, centered: Centered = True
    ) -> None:
        self._window = BlockState(period, terms, centered)
        self._finish = finish

    def update(self, *row: float) -> float:
        """Take one row; return the output, NaN during warm-up."""
        outputs = self.outputs(*row)
        return NAN if outputs is None else float(outputs[0])

    def outputs(self, *row: float) -> Sequence[float] | None:
        """Take one row; return all outputs, None during warm-up."""
        window = self._window
        if not window.update(*row):
            return None
        return self._finish(window.sums, window.reference, float(window.place))


def plain(*values: Any) -> tuple[Any, ...]:
    """Return the terms of plain sums: the series themselves, without their places."""
    return values[:-1]


def as_they_are(sums: Sequence[Any], *_: Any) -> Sequence[Any]:
    """Return the sums themselves."""
    return sums
