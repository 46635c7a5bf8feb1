"""How long orders live: until an instant, or through the first day in which they meet a bar."""

import numpy as np

from naru.engine.calendar import DAY_NS, Session
from naru.engine.market import Market
from naru.engine.orderlog import Tif
from naru.engine.orders import Order
from naru.engine.processes import Spans


class Lifetimes:
    """The orders of one run whose time will be over, oldest first.

    An order that waits for its parent has an instant at which it ends like any other. Its day
    begins where it comes alive.

    watched  those that were open when it was looked last
    """

    def __init__(self, market: Market, session: Session) -> None:
        self._market = market
        self._session = session
        self._days = Spans(DAY_NS)
        self.watched: list[Order] = []

    def watch(self, order: Order) -> None:
        """Take note of an order if its lifetime has an end."""
        if order.tif in (Tif.DAY, Tif.GTD):
            self.watched.append(order)

    def begin(self, order: Order, step: int) -> None:
        """Let a day order's day be that of the first bar it meets."""
        if order.tif == Tif.DAY and order.day is None:
            self._days.look(self._market.ts, self._session)
            order.day = self._days.number(step)

    def due(self, now: int, stop: int) -> int:
        """Return the first step from ``now`` on at which an order's time is over; or ``stop``."""
        for order in self.watched:
            if order.tif == Tif.GTD:
                stop = min(stop, int(np.searchsorted(self._market.ts, order.until)))
            elif order.day is not None:
                self._days.look(self._market.ts, self._session)
                stop = min(stop, self._days.next(now))
        return max(stop, now)

    def over(self, step: int) -> list[Order]:
        """Return the open orders whose time is over at a step, and forget whatever is done."""
        self._days.look(self._market.ts, self._session)
        ts, day = self._market.ts.item(step), self._days.number(step)
        self.watched = [order for order in self.watched if order.is_open]
        return [
            order for order in self.watched
            if (ts >= order.until if order.tif == Tif.GTD
                else order.day is not None and order.day < day)
        ]  # fmt: skip
