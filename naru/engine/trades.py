"""Trades: fills paired into round trips.

An exit that belongs to an entry (a bracket's, a ported trade's, any reduce-only order with a
``parent``) closes what that entry holds, then, as all other exits do from the start, the oldest.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from naru.engine.instruments import SMALLEST_LOT
from naru.engine.market import Floats, Ints
from naru.engine.orders import Fill, Order

_ZERO = Decimal(0)
_new_tuple = tuple.__new__


class Trade(NamedTuple):
    """Units that were opened by one fill and closed by another, or are open still.

    symbol       index of the instrument
    side         1 long, -1 short
    size         units, > 0
    entry_step, exit_step   steps of the two fills; exit_step is -1 while open
    entry_price, exit_price  quote currency per unit; exit_price is the mark while open
    pnl          quote currency, commissions subtracted
    commission   of both fills, as far as these units go
    order_id     the order that opened it
    """

    symbol: int
    side: int
    size: Decimal
    entry_step: int
    entry_ts: int
    entry_price: Decimal
    exit_step: int
    exit_ts: int
    exit_price: Decimal
    pnl: Decimal
    commission: Decimal
    order_id: int

    @property
    def is_open(self) -> bool:
        """Whether the exit is yet to come."""
        return self.exit_step < 0

    @property
    def return_(self) -> float:
        """The profit as a fraction of the value at entry."""
        value = self.entry_price * self.size
        return float(self.pnl / value) if value else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class ClosedTrades:
    """Round trips as vectors of one length, in the order of their exits.

    pnl         quote currency, costs of both sides subtracted
    notional    quote currency, at entry
    holding_ns  from the entry's bar to the exit's
    """

    pnl: Floats
    notional: Floats
    holding_ns: Ints

    @classmethod
    def of(cls, trades: Sequence[Trade]) -> "ClosedTrades":
        """Take the closed ones of trades."""
        closed = [trade for trade in trades if not trade.is_open]
        pnl, price, size = (
            np.array(list(map(attrgetter(name), closed)), dtype=float)
            for name in ("pnl", "entry_price", "size")
        )
        held = [trade.exit_ts - trade.entry_ts for trade in closed]
        return cls(pnl, price * size, np.array(held, dtype=np.int64))


class _Lot:
    """Units bought or sold by one fill and not yet closed."""

    __slots__ = ("commission", "entry", "price", "quantity")

    def __init__(self, entry: Fill) -> None:
        self.entry = entry
        self.quantity = entry.quantity
        self.price = entry.price
        self.commission = entry.commission


def entries_closed_by(orders: Sequence[Order]) -> Callable[[Fill], int]:
    """Return what tells the entry that a fill's order belongs to, by number; -1 without one."""
    return partial(_entry_closed_by, orders)


def _entry_closed_by(orders: Sequence[Order], fill: Fill) -> int:
    order = orders[fill.order_id] if fill.order_id >= 0 else None
    return order.parent if order is not None and order.reduce_only else -1


class Pairing:
    """Pairs fills as they come.

    closed  finished trades, in the order of their exits
    closes  the number of the order whose units a fill closes first, -1 for the oldest; without
            it all are closed first in, first out
    """

    def __init__(self, closes: Callable[[Fill], int] | None = None) -> None:
        self.closed: list[Trade] = []
        self._closes = closes
        self._lots: dict[int, deque[_Lot]] = {}
        self._count = self._splits = 0

    def catch_up(
        self, fills: Sequence[Fill], splits: Sequence[tuple[int, int, Decimal]] = ()
    ) -> None:
        """Take in the fills and splits that came since the last time."""
        for before, symbol, ratio in splits[self._splits :]:
            self._take(fills, before)
            self._split(symbol, ratio)
        self._splits = len(splits)
        self._take(fills, len(fills))

    def _take(self, fills: Sequence[Fill], stop: int) -> None:
        for place in range(self._count, stop):
            self._add(fills[place])
        self._count = max(self._count, stop)

    def _add(self, fill: Fill) -> None:
        lots = self._lots.get(fill.symbol)
        if lots is None:
            lots = self._lots[fill.symbol] = deque()
        if not lots or lots[0].entry.side == fill.side:
            lots.append(_Lot(fill))
            return
        remaining, commission = fill.quantity, fill.commission
        entry = -1 if self._closes is None or len(lots) == 1 else self._closes(fill)
        if entry < 0 and lots[0].quantity == remaining:
            lot = lots.popleft()
            self.closed.append(_trade(lot, remaining, lot.commission + commission, fill))
            return
        while remaining and lots:
            lot = lots[0]
            if entry >= 0:
                lot = next((each for each in lots if each.entry.order_id == entry), lot)
            if lot.quantity <= remaining:
                part, entry_cost = lot.quantity, lot.commission
                lots.remove(lot)
            else:
                part = remaining
                entry_cost = lot.commission * part / lot.quantity
                lot.quantity -= part
                lot.commission -= entry_cost
            exit_cost = commission if part == remaining else commission * part / remaining
            commission -= exit_cost
            remaining -= part
            self.closed.append(_trade(lot, part, entry_cost + exit_cost, fill))
        if remaining:
            rest = _Lot(fill)
            rest.quantity, rest.commission = remaining, commission
            lots.append(rest)

    def _split(self, symbol: int, ratio: Decimal) -> None:
        """Turn every unit into ``ratio`` units, for the same money.

        Together the lots are rounded as the position is, so that none of it is left in either.
        """
        before = after = _ZERO
        for lot in self._lots.get(symbol, ()):
            before += lot.quantity
            quantity = (before * ratio).quantize(SMALLEST_LOT) - after
            after += quantity
            if quantity:
                lot.price = lot.price * lot.quantity / quantity
            lot.quantity = quantity

    def average_price(self, symbol: int) -> Decimal:
        """Return the mean entry price of the open position; 0 without one."""
        lots = self._lots.get(symbol)
        if not lots:
            return _ZERO
        if len(lots) == 1:
            return lots[0].price
        units = sum((lot.quantity for lot in lots), _ZERO)
        return sum((lot.quantity * lot.price for lot in lots), _ZERO) / units

    def open(self, marks: Sequence[float]) -> list[Trade]:
        """Return open trades, oldest first, marked at a price per symbol."""
        lots = [lot for symbol in self._lots.values() for lot in symbol]
        lots.sort(key=lambda lot: (lot.entry.step, lot.entry.order_id))
        return [
            _trade(lot, lot.quantity, lot.commission, None, _price(marks[lot.entry.symbol]))
            for lot in lots
        ]


def _price(mark: float) -> Decimal:
    return Decimal(f"{mark:.12g}")


def _trade(
    lot: _Lot, size: Decimal, commission: Decimal, leave: Fill | None, mark: Decimal = _ZERO
) -> Trade:
    entry = lot.entry
    price = mark if leave is None else leave.price
    gain = (price - lot.price) * size
    step, ts, symbol, side, *_ = entry
    pnl = (gain if side > 0 else -gain) - commission
    exit_step, exit_ts = (-1, 0) if leave is None else leave[:2]
    # As the class would, without a second Python call.
    return _new_tuple(
        Trade,
        (symbol, side, size, step, ts, lot.price, exit_step, exit_ts, price, pnl, commission,
         entry.order_id),
    )  # fmt: skip
