"""Order logs in short: market orders without links or prices, as a run leaves them.

An order log spends a hundred bytes on what twenty tell, so this is what leaves the sandbox where
nothing else was asked for. What is kept, replayed and published is the order log made of it.
"""

import struct
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from naru.engine.market import Floats, Ints
from naru.engine.orderlog import (
    MAX_RECORDS,
    RECORD,
    Action,
    Mode,
    OrderLog,
    encode_tags,
    read_tags,
)
from naru.errors import OrderLogError

_HEAD = struct.Struct("<qIII")
_SORT = struct.Struct("<Bbi")
_ENTRY_BYTES = 8 + 8 + 4 + 2  # a step, a size, an instrument, a sort
MOST_SORTS = 1 << 12  # each is a row of the order log until all orders are made


class Asked(NamedTuple):
    """What orders ask for, in the order of asking.

    steps    the bars after whose close they do
    symbols  places of the instruments
    sizes    what their mode says; of targets the fraction of equity that they are to become
    """

    steps: Ints
    symbols: Ints
    sizes: Floats

    def until(self, length: int) -> "Asked":
        """Return what is asked in the first so many steps."""
        stop = int(np.searchsorted(self.steps, length))
        return Asked(self.steps[:stop], self.symbols[:stop], self.sizes[:stop])


class Sort(NamedTuple):
    """What orders of one sort have in common; see ``orderlog``. ``tag`` counts into the tags."""

    mode: int
    side: int
    tag: int


_TARGET = Sort(Mode.TARGET_PERCENT, 0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class ShortLog:
    """What was asked for.

    start  the first bar on which the strategy acted: warm-up ends before it
    which  of each order, which of the sorts it is
    tags   texts, the first is the empty one
    """

    start: int
    asked: Asked
    sorts: tuple[Sort, ...]
    which: NDArray[np.uint16]
    tags: tuple[str, ...] = ("",)

    @classmethod
    def of_targets(cls, start: int, wanted: Asked) -> "ShortLog":
        """Return the log of targets, fractions of equity."""
        return cls(start, wanted, (_TARGET,), np.zeros(len(wanted.steps), dtype=np.uint16))

    def __len__(self) -> int:
        return len(self.which)

    def orders(self) -> OrderLog:
        """Return the orders, which wait for the next bar."""
        sorts = np.zeros(len(self.sorts), dtype=RECORD)
        sorts["action"] = Action.PLACE
        for name in ("ref", "parent", "oco"):
            sorts[name] = -1
        for name in ("limit", "stop", "trail", "sl", "tp"):
            sorts[name] = np.nan
        for name in Sort._fields:
            sorts[name] = [getattr(each, name) for each in self.sorts]
        # As rows of bytes, which NumPy gathers several times faster than records of many fields.
        rows = sorts.view(np.uint8).reshape(len(sorts), RECORD.itemsize)
        records = rows.take(self.which, axis=0).view(RECORD).reshape(-1)
        records["step"], records["symbol"], records["size"] = self.asked
        return OrderLog(self.start, records, self.tags)

    def to_bytes(self) -> bytes:
        """Encode the log."""
        steps, symbols, sizes = self.asked
        head = _HEAD.pack(self.start, len(steps), len(self.sorts), len(self.tags))
        parts: list[Any] = [head, encode_tags(self.tags)]
        parts += [_SORT.pack(*sort) for sort in self.sorts]
        parts += [np.ascontiguousarray(steps, "<i8"), np.ascontiguousarray(sizes, "<f8")]
        parts += [np.ascontiguousarray(symbols, "<i4"), np.ascontiguousarray(self.which, "<u2")]
        return b"".join(parts)  # of arrays without a copy each

    @classmethod
    def from_bytes(cls, data: bytes) -> "ShortLog":
        """Decode bytes of unknown origin; whether its orders are sound is for their reader.

        Raises OrderLogError where they are no log in short at all.
        """
        if len(data) < _HEAD.size:
            raise OrderLogError("the log in short is cut short")
        start, count, sort_count, tag_count = _HEAD.unpack_from(data)
        if count > MAX_RECORDS or sort_count > MOST_SORTS or not 1 <= tag_count <= sort_count + 1:
            raise OrderLogError("the head of the log in short is out of range")
        tags, offset = read_tags(data, tag_count, _HEAD.size)
        entries = offset + sort_count * _SORT.size
        if len(data) != entries + count * _ENTRY_BYTES:
            raise OrderLogError("the log in short is not as long as its head says")
        sorts = tuple(map(Sort._make, _SORT.iter_unpack(data[offset:entries])))
        symbols = entries + 16 * count
        which = np.frombuffer(data, "<u2", count, symbols + 4 * count)
        if count and int(which.max()) >= sort_count:
            raise OrderLogError("the log in short has orders of a sort that it does not know")
        asked = Asked(
            np.frombuffer(data, "<i8", count, entries),
            np.frombuffer(data, "<i4", count, symbols),
            np.frombuffer(data, "<f8", count, entries + 8 * count),
        )
        return cls(start, asked, sorts, which, tags)


def bytes_as_orders(size: int) -> int:
    """Return about how many bytes the order log has of a log in short of so many bytes."""
    return size // _ENTRY_BYTES * RECORD.itemsize
