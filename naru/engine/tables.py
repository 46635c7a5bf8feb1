"""What became of orders and trades, as columns: thousands of rows without an object for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any

from naru.engine.amounts import Amount, amount
from naru.engine.orderlog import Kind, Mode
from naru.engine.orders import Order
from naru.engine.trades import Trade


@dataclass(frozen=True, slots=True, eq=False)
class TradeTable:
    """Trades as lists of one length; see ``Trade``.

    exit_step, exit_ts, exit_price   -1, 0 and the mark while open
    returns    profits as fractions of the value at entry
    """

    symbol: list[int]
    side: list[int]
    size: list[Amount]
    entry_ts: list[int]
    entry_price: list[Amount]
    exit_step: list[int]
    exit_ts: list[int]
    exit_price: list[Amount]
    pnl: list[Amount]
    returns: list[float]
    commission: list[Amount]
    order_id: list[int]

    @classmethod
    def of(cls, trades: Sequence[Trade]) -> TradeTable:
        """Take the columns of trades."""
        return cls(
            symbol=_all("symbol", trades),
            side=_all("side", trades),
            size=_amounts("size", trades),
            entry_ts=_all("entry_ts", trades),
            entry_price=_amounts("entry_price", trades),
            exit_step=_all("exit_step", trades),
            exit_ts=_all("exit_ts", trades),
            exit_price=_amounts("exit_price", trades),
            pnl=_amounts("pnl", trades),
            returns=_all("return_", trades),
            commission=_amounts("commission", trades),
            order_id=_all("order_id", trades),
        )

    def and_then(self, more: TradeTable) -> TradeTable:
        """Return these trades and more."""
        return TradeTable(*(getattr(self, name) + getattr(more, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class OrderTable:
    """Orders as lists of one length; see ``Order``.

    size       units wanted; None for a value or a share of equity that came to no price
    average_price   None without a fill
    limit, stop, trail   None where they are not given
    tag        the text; the engine's own orders are tagged with their reason
    """

    id: list[int]
    symbol: list[int]
    side: list[int]
    kind: list[int]
    step: list[int]
    size: list[Amount | None]
    filled: list[Amount]
    average_price: list[Amount | None]
    limit: list[float | None]
    stop: list[float | None]
    trail: list[float | None]
    tif: list[int]
    status: list[str]
    reason: list[str | None]
    done: list[int]
    parent: list[int]
    tag: list[str]

    @classmethod
    def of(cls, orders: Sequence[Order], tags: Sequence[str]) -> OrderTable:
        """Take the columns of orders."""
        averages = [order.average_price for order in orders]
        return cls(
            id=_all("id", orders),
            symbol=_all("symbol", orders),
            side=_all("side", orders),
            kind=_all("kind", orders),
            step=_all("step", orders),
            size=[wanted(order.quantity, order.mode, order.size) for order in orders],
            filled=_amounts("filled", orders),
            average_price=[None if price is None else amount(price) for price in averages],
            limit=given(_all("limit", orders)),
            stop=given(_all("stop", orders)),
            trail=given(
                order.trail if order.kind == Kind.TRAIL else float("nan") for order in orders
            ),
            tif=_all("tif", orders),
            status=_all("status", orders),
            reason=_all("reason", orders),
            done=_all("done", orders),
            parent=_all("parent", orders),
            tag=[tags[each.tag] if each.id >= 0 else each.reason or "" for each in orders],
        )


def wanted(quantity: Decimal | None, mode: int, size: float) -> Amount | None:
    """Return the units that an order wanted; None for others that came to no price."""
    if quantity is None and mode == Mode.UNITS:
        quantity = Decimal(repr(size))
    return None if quantity is None else amount(quantity)


def given(prices: Iterable[float]) -> list[float | None]:
    """Return prices of the order log, None for those that it leaves out."""
    return [price if price == price else None for price in prices]  # noqa: PLR0124 - not NaN


def _all(name: str, rows: Sequence[Any]) -> list[Any]:
    return list(map(attrgetter(name), rows))


def _amounts(name: str, rows: Sequence[Any]) -> list[Amount]:
    return list(map(amount, map(attrgetter(name), rows)))
