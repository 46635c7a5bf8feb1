"""What a strategy sees of its account: positions, orders, fills and trades, in floats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from naru.engine.orderlog import KINDS, TIFS
from naru.engine.orders import Order as BookOrder
from naru.series import Handle

if TYPE_CHECKING:
    from naru.engine.runtime import Runtime


class Fill(NamedTuple):
    """An executed quantity.

    ts          ns since the epoch, UTC: the open of the bar in which it happened
    side        "buy" or "sell"
    size        units, > 0
    price       quote currency per unit, slippage applied
    commission  quote currency
    """

    ts: int
    symbol: str
    side: str
    size: float
    price: float
    commission: float
    order_id: int
    tag: str


class Trade(NamedTuple):
    """A closed round trip.

    side        "long" or "short"
    pnl         quote currency, commissions subtracted
    """

    symbol: str
    side: str
    size: float
    entry_ts: int
    entry_price: float
    exit_ts: int
    exit_price: float
    pnl: float
    commission: float
    tag: str


class Order(Handle):
    """An order that was placed, as it stands now."""

    __slots__ = ("_order_", "_run_")

    def __init__(self, run: Runtime, order: BookOrder) -> None:
        self._run_ = run
        self._order_ = order

    @property
    def id(self) -> int:
        """Its number in the run."""
        return self._order_.id

    @property
    def symbol(self) -> str:
        """The instrument."""
        return self._run_.market.feeds[self._order_.symbol].symbol

    @property
    def side(self) -> str:
        """ "buy" or "sell"; "" while a target has not settled it."""
        return {1: "buy", -1: "sell"}.get(self._order_.side, "")

    @property
    def kind(self) -> str:
        """ "market", "limit", "stop", "stop_limit" or "trail"."""
        return KINDS[self._order_.kind]

    @property
    def tif(self) -> str:
        """How long it works."""
        return TIFS[self._order_.tif]

    @property
    def status(self) -> str:
        """ "waiting", "working", "filled", "canceled", "rejected" or "expired"."""
        return self._order_.status

    @property
    def reason(self) -> str | None:
        """Why it was canceled, rejected or expired: a code."""
        return self._order_.reason

    @property
    def is_open(self) -> bool:
        """Whether it may still fill."""
        return self._order_.is_open

    @property
    def size(self) -> float | None:
        """Units wanted; None until the first fill settles a size given in money."""
        quantity = self._order_.quantity
        return None if quantity is None else float(quantity)

    @property
    def filled(self) -> float:
        """Units filled so far."""
        return float(self._order_.filled)

    @property
    def avg_price(self) -> float | None:
        """Mean price of the fills; None without any."""
        price = self._order_.average_price
        return None if price is None else float(price)

    @property
    def limit(self) -> float | None:
        """The limit price, if it has one."""
        return _given(self._order_.limit)

    @property
    def stop(self) -> float | None:
        """The stop price as it stands, if it has one."""
        return _given(self._order_.trigger_level()) if self._order_.is_stop else None

    @property
    def tag(self) -> str:
        """The text it was given."""
        return self._run_.tags[self._order_.tag]

    @property
    def sl(self) -> Order | None:
        """The stop-loss of its bracket."""
        child = self._order_.sl_order
        return None if child is None else Order(self._run_, child)

    @property
    def tp(self) -> Order | None:
        """The take-profit of its bracket."""
        child = self._order_.tp_order
        return None if child is None else Order(self._run_, child)

    def modify(self, *, limit: Any = None, stop: Any = None, size: Any = None) -> bool:
        """Give it another limit, stop or size from the next bar on; tell whether that was done.

        ``size`` is in units, what has filled already included, however it was given at first.
        Nothing changes once the order is done, where the venue would refuse the price or the size,
        or where so much has filled already. A bracket's orders can be moved too
        (``entry.sl.modify(stop=entry.avg_price)`` breaks even), but their size is their entry's.
        """
        return self._run_.change(self._order_, limit, stop, size)

    def cancel(self) -> None:
        """Take it back; nothing happens if it is done already."""
        self._run_.cancel(self._order_)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Order) and other._order_ is self._order_

    def __hash__(self) -> int:
        return hash(self._order_.id)

    def __repr__(self) -> str:
        return f"<order {self.id}: {self.side} {self.symbol} {self.kind}, {self.status}>"


class Position(Handle):
    """What is held of one instrument, now."""

    __slots__ = ("_index_", "_run_")

    def __init__(self, run: Runtime, index: int) -> None:
        self._run_ = run
        self._index_ = index

    @property
    def symbol(self) -> str:
        """The instrument."""
        return self._run_.market.feeds[self._index_].symbol

    @property
    def size(self) -> float:
        """Units; negative when short."""
        return self._run_.ledger.units[self._index_]

    @property
    def avg_price(self) -> float:
        """Mean entry price; 0 without a position."""
        return self._run_.past.average_price(self._index_)

    @property
    def value(self) -> float:
        """Quote currency at the newest close; negative when short."""
        return self.size * self._run_.newest_close(self._index_) if self.size else 0.0

    @property
    def pnl(self) -> float:
        """Unrealised profit in quote currency, without commissions."""
        return self.value - self.size * self.avg_price if self.size else 0.0

    @property
    def is_long(self) -> bool:
        """Whether units are held."""
        return self._run_.ledger.units[self._index_] > 0

    @property
    def is_short(self) -> bool:
        """Whether units are owed."""
        return self._run_.ledger.units[self._index_] < 0

    def close(self, portion: float = 1.0, tag: str = "") -> Order:
        """Close it, or a portion of it, at the market."""
        return self._run_.close(self._index_, portion, tag)

    def __bool__(self) -> bool:
        return self._run_.ledger.units[self._index_] != 0.0

    def __repr__(self) -> str:
        return f"<position {self.symbol}: {self.size:g} at {self.avg_price:g}>"


def _given(price: float) -> float | None:
    return price if price == price else None  # noqa: PLR0124 - not NaN
