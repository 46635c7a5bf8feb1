"""Targets as a run leaves them: where wanted positions change, and nothing else.

An order log spends a hundred bytes on what twenty tell, so this is what leaves the sandbox where
positions are all that was asked for. What is kept, replayed and published is the order log made
of it.
"""

import struct
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from naru.engine.market import Floats, Ints
from naru.engine.orderlog import MAX_RECORDS, RECORD, Action, Mode, OrderLog
from naru.errors import OrderLogError

_HEAD = struct.Struct("<qI")
_ENTRY_BYTES = 8 + 8 + 4  # a step, a value, an instrument


class Changes(NamedTuple):
    """Where wanted positions change, in order of steps, then of instruments.

    steps    the bars after whose close they do
    symbols  places of the instruments
    values   what they become, fractions of equity
    """

    steps: Ints
    symbols: Ints
    values: Floats

    def until(self, length: int) -> "Changes":
        """Return those in the first so many steps."""
        stop = int(np.searchsorted(self.steps, length))
        return Changes(self.steps[:stop], self.symbols[:stop], self.values[:stop])


@dataclass(frozen=True, slots=True, eq=False)
class TargetLog:
    """What was wanted.

    start   the first bar on which the strategy acted: warm-up ends before it
    wanted  where positions are to change, and to what
    """

    start: int
    wanted: Changes

    def orders(self) -> OrderLog:
        """Return the targets as market orders, which wait for the next bar."""
        order = np.zeros(1, dtype=RECORD)
        order["action"] = Action.PLACE
        order["mode"] = Mode.TARGET_PERCENT
        for name in ("ref", "parent", "oco"):
            order[name] = -1
        for name in ("limit", "stop", "trail", "sl", "tp"):
            order[name] = np.nan
        records = np.repeat(order, len(self.wanted.steps))
        records["step"], records["symbol"], records["size"] = self.wanted
        return OrderLog(self.start, records, ("",))

    def to_bytes(self) -> bytes:
        """Encode the log."""
        steps, symbols, values = self.wanted
        parts: list[Any] = [_HEAD.pack(self.start, len(steps))]
        parts += [np.ascontiguousarray(steps, "<i8"), np.ascontiguousarray(values, "<f8")]
        parts.append(np.ascontiguousarray(symbols, "<i4"))
        return b"".join(parts)  # of arrays without a copy each

    @classmethod
    def from_bytes(cls, data: bytes) -> "TargetLog":
        """Decode bytes of unknown origin; whether its orders are sound is for their reader.

        Raises OrderLogError where the length is not what the head says.
        """
        if len(data) < _HEAD.size:
            raise OrderLogError("the log of targets is cut short")
        start, count = _HEAD.unpack_from(data)
        if count > MAX_RECORDS or len(data) != _HEAD.size + count * _ENTRY_BYTES:
            raise OrderLogError("the log of targets is not as long as its head says")
        values, symbols = _HEAD.size + 8 * count, _HEAD.size + 16 * count
        return cls(
            start,
            Changes(
                np.frombuffer(data, "<i8", count, _HEAD.size),
                np.frombuffer(data, "<i4", count, symbols),
                np.frombuffer(data, "<f8", count, values),
            ),
        )


def bytes_as_orders(size: int) -> int:
    """Return about how many bytes the order log has of a log of targets of so many bytes."""
    return size // _ENTRY_BYTES * RECORD.itemsize
