"""Trades under the names that Backtesting.py gives them, with its ways to end them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

from naru.account import Order
from naru.compat.times import Timestamp
from naru.engine import requests
from naru.engine.orderlog import Flag, Kind, Mode
from naru.engine.trades import Trade as PairedTrade
from naru.errors import OrderArgumentError
from naru.series import Handle

if TYPE_CHECKING:
    from naru.engine.orders import Order as BookOrder
    from naru.engine.runtime import Runtime

_ZERO = Decimal(0)


class ClosedTrade(Handle):
    """Units that were bought and sold again, or the reverse.

    ``entry_time`` and ``exit_time`` are values of ``data.index``; ``pl`` is in quote currency and
    ``pl_pct`` a fraction of the value at entry, commissions subtracted.
    """

    __slots__ = ("_entry_", "_part_", "_run_")

    def __init__(self, run: Runtime, entry: BookOrder, part: PairedTrade) -> None:
        self._run_ = run
        self._entry_ = entry
        self._part_ = part

    def _parts_(self) -> Sequence[PairedTrade]:
        return (self._part_,)

    @property
    def size(self) -> float:
        """Units; negative when short."""
        return float(sum(part.side * part.size for part in self._parts_()))

    @property
    def entry_price(self) -> float:
        """Quote currency per unit."""
        return _mean([(part.size, part.entry_price) for part in self._parts_()])

    @property
    def entry_bar(self) -> int:
        """The bar of the first fill."""
        return self._parts_()[0].entry_step

    @property
    def entry_time(self) -> Timestamp:
        """The open of that bar, UTC."""
        return Timestamp.of(self._parts_()[0].entry_ts)

    @property
    def exit_price(self) -> float | None:
        """Quote currency per unit; None while it is open."""
        part = self._parts_()[-1]
        return None if part.is_open else float(part.exit_price)

    @property
    def exit_bar(self) -> int | None:
        """The bar of the exit; None while it is open."""
        part = self._parts_()[-1]
        return None if part.is_open else part.exit_step

    @property
    def exit_time(self) -> Timestamp | None:
        """The open of that bar, UTC; None while it is open."""
        part = self._parts_()[-1]
        return None if part.is_open else Timestamp.of(part.exit_ts)

    @property
    def is_long(self) -> bool:
        """Whether units were bought first."""
        return self.size > 0

    @property
    def is_short(self) -> bool:
        """Whether units were sold first."""
        return self.size < 0

    @property
    def pl(self) -> float:
        """Profit; commissions count once it is closed."""
        return float(sum(_profit(part) for part in self._parts_()))

    @property
    def pl_pct(self) -> float:
        """Profit as a fraction of the value at entry: what Backtesting.py means by percent."""
        return self.pl / float(sum(part.size * part.entry_price for part in self._parts_()))

    @property
    def value(self) -> float:
        """Units at the exit's price, or at the newest close: quote currency."""
        return float(sum(part.size * part.exit_price for part in self._parts_()))

    @property
    def tag(self) -> str | None:
        """The tag of the order that opened it; None without one."""
        return self._run_.past.tag_of(self._entry_.id) or None

    def __repr__(self) -> str:
        state = "open" if self.exit_bar is None else "closed"
        return f"<trade {self.size:g} at {self.entry_price:g}, {state}>"


class Trade(ClosedTrade):
    """Units that an order has opened and that are held, with what shall close them.

    Assigning ``sl`` or ``tp`` places that order, moves it, or, with None, cancels it. Nothing
    happens to a trade that is closed already, or is about to be.
    """

    __slots__ = ()

    def __init__(self, run: Runtime, entry: BookOrder) -> None:
        self._run_ = run
        self._entry_ = entry

    def _parts_(self) -> Sequence[PairedTrade]:
        past, number = self._run_.past, self._entry_.id
        held = past.open_by_entry(self._run_.step).get(number)
        if held is not None:
            return held
        closed = reversed(past.closed_by_entry())
        return [next(part for part in closed if part.order_id == number)]  # what ended it

    @property
    def sl(self) -> float | None:
        """The price at which the loss is taken; None without."""
        order = self._exit_(Kind.STOP)
        return None if order is None else order.stop

    @sl.setter
    def sl(self, price: Any) -> None:
        self._set_(Kind.STOP, "sl", price)

    @property
    def tp(self) -> float | None:
        """The price at which the profit is taken; None without."""
        order = self._exit_(Kind.LIMIT)
        return None if order is None else order.limit

    @tp.setter
    def tp(self, price: Any) -> None:
        self._set_(Kind.LIMIT, "tp", price)

    def close(self, portion: float = 1.0) -> None:
        """Close it, or a portion of it, at the market.

        Its stop and its profit go with it, or become as small as what is left.
        """
        part = requests.positive("portion", portion)
        if part > 1:
            raise OrderArgumentError("portion", "is a fraction of the trade, at most 1")
        left = self._left_()
        if left <= 0:
            return
        if self._entry_.is_open:
            self._run_.cancel(self._entry_)
        lot = self._run_.book.desk.instruments[self._entry_.symbol].lot
        wanted = (self._held_() * Decimal(part) / lot).to_integral_value(ROUND_HALF_EVEN) * lot
        units = min(max(wanted, lot), left)
        if units < left:
            self._shrink_(left - units)
            self._place_(Kind.MARKET, units)
        else:
            self._place_(Kind.MARKET, units, oco=self._exit_(Kind.STOP) or self._exit_(Kind.LIMIT))

    def _held_(self) -> Decimal:
        parts = self._run_.past.open_by_entry(self._run_.step).get(self._entry_.id, ())
        return sum((part.size for part in parts), _ZERO)

    def _left_(self) -> Decimal:
        """Return the units that no closing order is on its way for."""
        asked = _ZERO
        for order in self._run_.book.queue:
            if order.parent == self._entry_.id and order.reduce_only and order.is_open:
                asked += Decimal(repr(order.size)) - order.filled
        return self._held_() - asked

    def _exit_(self, kind: int) -> BookOrder | None:
        """Return the order that shall close the trade; found in the book, where restarts find it.

        ``kind`` is STOP for the loss, LIMIT for the profit.
        """
        entry = self._entry_
        for order in self._run_.book.resting.get(entry.symbol, ()):
            if (
                order.parent == entry.id
                and order.kind == kind
                and order.reduce_only
                and order.is_open
            ):
                return order
        return None

    def _set_(self, kind: int, name: str, price: Any) -> None:
        level = requests.price(name, price)
        order, left = self._exit_(kind), self._left_()
        if left <= 0:
            return
        if price is None:
            if order is not None:
                self._run_.cancel(order)
        elif order is None:
            other = self._exit_(Kind.LIMIT if kind == Kind.STOP else Kind.STOP)
            self._place_(kind, left, level, other)
        elif level != (order.stop if kind == Kind.STOP else order.limit):
            stop, limit = (level, None) if kind == Kind.STOP else (None, level)
            size = _number(left + order.filled) if order.is_sized else None
            self._run_.change(order, limit, stop, size)

    def _shrink_(self, left: Decimal) -> None:
        """Let the orders that shall close the trade close no more than is left of it."""
        for kind, opposite in ((Kind.STOP, Kind.LIMIT), (Kind.LIMIT, Kind.STOP)):
            order = self._exit_(kind)
            if order is None:
                continue
            if order.is_sized:
                self._run_.change(order, None, None, _number(left + order.filled))
                continue
            # One that came with its entry closes what that has filled: another takes its place.
            self._run_.cancel(order)
            price = order.stop if kind == Kind.STOP else order.limit
            self._place_(kind, left, price, self._exit_(opposite))

    def _place_(
        self, kind: int, units: Decimal, price: float = requests.ABSENT,
        oco: BookOrder | None = None,
    ) -> BookOrder:  # fmt: skip
        run, entry = self._run_, self._entry_
        side = -1 if self.is_long else 1
        stop, limit = (price if kind == wanted else requests.ABSENT
                       for wanted in (Kind.STOP, Kind.LIMIT))  # fmt: skip
        order = run.place(
            Mode.UNITS, side, _number(units), entry.symbol, kind=kind, limit=limit, stop=stop,
            flags=Flag.REDUCE_ONLY, parent=Order(run, entry),
            oco=None if oco is None else Order(run, oco), tag=run.tags[entry.tag],
        )  # fmt: skip
        return order._order_

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trade) and other._entry_ is self._entry_

    def __hash__(self) -> int:
        return hash(self._entry_.id)


def _number(units: Decimal) -> float:
    """Return the float at or above a quantity, so that a trade that is all there is ends wholly."""
    number = float(units)
    return number if Decimal(repr(number)) >= units else math.nextafter(number, math.inf)


def _mean(parts: Sequence[tuple[Decimal, Decimal]]) -> float:
    return float(sum(size * price for size, price in parts) / sum(size for size, _ in parts))


def _profit(part: PairedTrade) -> Decimal:
    return part.pnl + part.commission if part.is_open else part.pnl
