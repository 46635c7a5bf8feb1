"""Orders under the names that Backtesting.py gives them."""

from __future__ import annotations

from naru.account import Order as KitOrder
from naru.compat.trades import Trade


class Order(KitOrder):
    """An order that may still fill; what closes a trade is one, too."""

    __slots__ = ()

    @property
    def size(self) -> float:
        """Units, or a fraction of what is free until it fills; negative when it sells."""
        order = self._order_
        size = order.size if order.quantity is None else float(order.quantity)
        if not size and order.parent >= 0:  # a bracket's, which closes what its entry has bought
            size = float(self._run_.book.orders[order.parent].filled)
        return order.side * size

    @property
    def sl(self) -> float | None:  # type: ignore[override]
        """The price at which the loss of what it opens is taken; None without."""
        return _level(self._order_.sl)

    @property
    def tp(self) -> float | None:  # type: ignore[override]
        """The price at which the profit of what it opens is taken; None without."""
        return _level(self._order_.tp)

    @property
    def is_long(self) -> bool:
        """Whether it buys."""
        return self._order_.side > 0

    @property
    def is_short(self) -> bool:
        """Whether it sells."""
        return self._order_.side < 0

    @property
    def is_contingent(self) -> bool:
        """Whether it closes a trade."""
        return self._order_.parent >= 0

    @property
    def parent_trade(self) -> Trade | None:
        """The trade that it closes; None for others."""
        run, entry = self._run_, self._order_.parent
        held = entry >= 0 and entry in run.past.open_by_entry(run.step)
        return Trade(run, run.book.orders[entry]) if held else None


def ported(order: KitOrder) -> Order:
    """Return one of the kit's orders as one of these."""
    return Order(order._run_, order._order_)


def _level(price: float) -> float | None:
    return price if price == price else None  # noqa: PLR0124 - not NaN
