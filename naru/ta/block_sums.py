"""Window sums of products, in constant time a bar and without the drift of running sums.

The series is cut into blocks as long as the window. A window that ends in a block is a tail of
the block before and a head of this one, so two cumulated sums a block give every window
(the "two stacks" of a queue). All values enter as distances from the first value of the block in
which the window ends. That value is always in the window and never in the future; so a window of
equal values has distances of exactly zero, and variances do not drown in the price level.
Plain sums, of volumes for instance, are taken from zero instead (``centered=False``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from naru.ta.arrays import FloatArray

# Called with the distances (one per series) and the rows' places relative to the block's start;
# returns the terms to be summed. Written with + - * only, it serves arrays and floats alike.
Terms: TypeAlias = Callable[..., Sequence[Any]]
CHUNK = 1 << 15  # values worked on at once


class BlockSums:
    """Sums of each full window, newest row last.

    sums       one array per term
    reference  per series, the value that distances were taken from
    place      where in its block each window ends, 0 to period - 1
    """

    __slots__ = ("place", "reference", "sums")

    def __init__(
        self, sums: list[FloatArray], reference: list[FloatArray], place: FloatArray
    ) -> None:
        self.sums = sums
        self.reference = reference
        self.place = place


def block_sums(
    series: Sequence[FloatArray], period: int, terms: Terms, centered: bool = True
) -> BlockSums:
    """Return the sums of ``terms`` over every full window of ``period`` rows."""
    rows = len(series[0])
    blocks = -(-rows // period)
    padded = []
    for values in series:
        whole = np.empty(blocks * period)
        whole[:rows] = values
        whole[rows:] = values[-1]
        padded.append(whole.reshape(blocks, period))
    step = max(1, CHUNK // period)
    references = [values[:, :1] * float(centered) for values in padded]
    parts = [
        _chunk(padded, references, slice(first, min(first + step, blocks)), terms)
        for first in range(0, blocks, step)
    ]
    kept = slice(period - 1, rows)
    return BlockSums(
        [np.concatenate(columns)[kept] for columns in zip(*parts, strict=True)],
        [np.repeat(reference, period)[kept] for reference in references],
        np.tile(np.arange(float(period)), blocks)[kept],
    )


def _chunk(
    padded: Sequence[FloatArray], references: Sequence[FloatArray], blocks: slice, terms: Terms
) -> list[FloatArray]:
    """Return the window sums that end in ``blocks``, flattened."""
    period = padded[0].shape[1]
    place = np.arange(float(period))
    here, before = [], []
    for values, reference in zip(padded, references, strict=True):
        base = reference[blocks]
        here.append(values[blocks] - base)
        # The first block has none before it; its windows are warm-up and are cut off later.
        previous = values[max(blocks.start - 1, 0) : blocks.stop - 1]
        if blocks.start == 0:
            previous = np.concatenate((values[:1], previous))
        before.append(previous - base)
    heads = terms(*here, place)
    tails = terms(*before, place - period)
    sums = []
    for head, tail in zip(heads, tails, strict=True):
        total = np.add.accumulate(head, axis=1)
        rest = np.add.accumulate(tail[:, :0:-1], axis=1)[:, ::-1]
        total[:, :-1] += rest
        sums.append(total.ravel())
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

    def __init__(self, period: int, terms: Terms, centered: bool = True) -> None:
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
        self.reference = row if self._centered else (0.0,) * len(row)
        self.place = 0
        self._heads = list(self._row_terms(row, 0))
        self._tails = []
        sums: list[float] = []
        for place in range(len(self._before) - 1, 0, -1):
            terms = self._row_terms(self._before[place], place - self._period)
            sums = [a + b for a, b in zip(sums, terms, strict=True)] if sums else list(terms)
            self._tails.append(sums)
