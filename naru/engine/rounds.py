"""One bar's round: market orders at its open, resting orders inside it, and its close."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from naru.engine import orders as reasons
from naru.engine.bands import Bands
from naru.engine.calendar import DAY_NS
from naru.engine.config import RunConfig
from naru.engine.desk import Desk, RefusedError
from naru.engine.market import Feed, Market
from naru.engine.matching import Bar, Touch, at_open, follow, inside
from naru.engine.orderlog import At, Flag, Kind, Mode, Tif
from naru.engine.orders import CANCELED, FILLED, REJECTED, WORKING, Order

if TYPE_CHECKING:
    from naru.engine.book import Book

# How the price had moved within the bar when an order was filled.
AT_OPEN, AT_CLOSE = 0, 2
_number = attrgetter("id")


class Rounds:
    """Meets a book's orders with bars.

    ambiguous   steps in which the order of prices inside the bar decided the outcome
    """

    def __init__(self, book: Book, market: Market, desk: Desk, config: RunConfig) -> None:
        self.book = book
        self.market = market
        self.desk = desk
        self.units = desk.ledger.units
        self.session = config.session
        self.bands = Bands(config.session, config.actions)
        self.has_bands = any(rules.price_limit for rules in desk.instruments)
        self.ambiguous: set[int] = set()
        self.through = config.limit_fill == "through"
        self.pessimistic = config.intrabar == "pessimistic"
        self.fills_at_close = config.fill != "next_open"

    # Market orders

    def auction(self, step: int, *, at_close: bool) -> None:
        """Fill the market orders whose moment is the open, or the close, of this bar."""
        book = self.book
        queue, book.queue = book.queue, []
        if len(queue) > 1:
            queue = self._reducing_first(queue, step, not at_close)
        for order in queue:
            if order.status is not WORKING:
                continue
            feed = self.market.feeds[order.symbol]
            row = step if feed.rows is None else feed.row_at(step)
            if (
                row < 0
                or (order.born == step and order.born_move == AT_CLOSE)  # this close woke it
                or (
                    at_close is not self.fills_at_close
                    if order.at == At.ANY
                    else not self._is_its_moment(order, step, at_close)
                )
            ):
                book.queue.append(order)
                continue
            if order.tif:
                book.lifetimes.begin(order, step)
            price = (feed.close if at_close else feed.open).item(row)
            self._execute(order, step, row, price, False, AT_CLOSE if at_close else AT_OPEN)
            if order.status is WORKING:
                if order.tif in (Tif.IOC, Tif.FOK):
                    book.end(order, CANCELED, reasons.NOT_IMMEDIATE, step)
                else:
                    book.queue.append(order)

    def _is_locked(self, order: Order, step: int, row: int, price: float, at_open: bool) -> bool:
        """Tell whether the bar stands at its limit, so that nobody takes the other side."""
        feed, rules = self.market.feeds[order.symbol], self.desk.instruments[order.symbol]
        side = order.side or self.desk.way(order, step, row, price, at_open)
        return self.bands.is_locked(feed, rules, row, side)

    def _reducing_first(self, queue: list[Order], step: int, at_open: bool) -> list[Order]:
        """Order what happens at one instant: first what frees cash, else as asked."""
        equity = self.desk.ledger.cash_float + self.desk.ledger.marked(step, at_open)
        reducing: list[Order] = []
        others: list[Order] = []
        for order in sorted(queue, key=_number):
            reduces = self._reduces(order, step, at_open, equity)
            (reducing if reduces else others).append(order)
        return reducing + others

    def _reduces(self, order: Order, step: int, at_open: bool, equity: float) -> bool:
        held = self.desk.ledger.units[order.symbol]
        if order.mode == Mode.CLOSE or held == 0.0:
            return order.mode == Mode.CLOSE
        if order.mode == Mode.TARGET_UNITS:
            return abs(order.size) < abs(held) or order.size * held < 0
        if order.mode == Mode.TARGET_PERCENT:
            wanted = order.size * equity
            value = held * self.desk.ledger.mark(order.symbol, step, at_open)
            return abs(wanted) < abs(value) or wanted * value < 0
        return (order.side > 0) != (held > 0)

    def _is_its_moment(self, order: Order, step: int, at_close: bool) -> bool:
        """Tell whether the bar is the one that an order for a day's open or close waits for."""
        if (order.at == At.CLOSE) != at_close or step <= order.step:
            return False
        ts, session, feed = self.market.ts, self.session, self.market.feeds[order.symbol]
        if feed.span >= DAY_NS:
            return True
        if order.at == At.CLOSE:
            return bool(session.minute_of_close(ts[step : step + 1], feed.span)[0] <= 0)
        # Its own first bar of a day, which may come later than those of other instruments.
        before = feed.ts.item(max(feed.newest_row(step - 1), 0))
        asked, last, now = session.day(np.array([ts.item(order.step), before, ts.item(step)]))
        return bool(now > asked and (now > last or before == ts.item(step)))

    # Resting orders

    def sweep(self, step: int) -> None:
        """Meet resting orders with their bars: first all opens, then what lies inside."""
        resting = self.book.resting
        met: list[tuple[int, Feed, int, Bar]] = []
        for symbol in sorted(resting):
            feed = self.market.feeds[symbol]
            row = feed.row_at(step) if resting[symbol] else -1
            if row >= 0:
                prices = (feed.open, feed.high, feed.low, feed.close)
                met.append((symbol, feed, row, Bar(*(column.item(row) for column in prices))))
        for symbol, feed, row, bar in met:
            self._meet_opens(resting[symbol], feed, step, row, bar)
        for symbol, feed, row, bar in met:
            orders = resting[symbol]
            for part in (bar,) if feed.finer is None else self._parts(feed, row, bar):
                if part is not bar:
                    self._meet_part(orders, step, row, part)
                self._meet_inside(orders, step, row, part)
            resting[symbol] = [order for order in orders if order.status is WORKING]

    def _meet_opens(self, orders: list[Order], feed: Feed, step: int, row: int, bar: Bar) -> None:
        for order in orders:
            if order.kind == Kind.TRAIL:
                if order.reference != order.reference:  # placed before there was any bar
                    order.reference = bar.open
                follow(order, feed, row)
        for order in orders:  # grows while brackets come alive
            if order.status is WORKING:
                self._meet_open(order, step, row, bar)

    def _meet_inside(self, orders: list[Order], step: int, row: int, bar: Bar) -> None:
        """Let happen what the bar touches, one thing after the other."""
        while (found := self._next_touch(orders, bar, step)) is not None:
            order, touch = found
            self._count_ambiguity(order, touch, orders, bar, step)
            move = -order.side if touch.maker else order.side
            self._execute(order, step, row, touch.price, touch.maker, move)
            if order.status is WORKING:
                order.seen = step

    def _parts(self, feed: Feed, row: int, bar: Bar) -> Iterator[Bar]:
        """Give the finer bars that a bar is made of; the bar itself where there are none."""
        finer, begin = feed.finer, feed.ts.item(row)
        if finer is None:
            return
        start, stop = np.searchsorted(finer.ts, (begin, begin + feed.span)).tolist()
        if start == stop:
            yield bar
        columns = (finer.open, finer.high, finer.low, finer.close)
        yield from map(Bar, *(column[start:stop].tolist() for column in columns))

    def _meet_part(self, orders: list[Order], step: int, row: int, part: Bar) -> None:
        """Meet a finer bar's open; what came alive in parts before is simply there now."""
        for order in orders:
            if order.born == step:
                order.born_move = 0
            if order.triggered and order.kind == Kind.STOP_LIMIT:
                order.seen = -1  # its limit is met in parts after the one that triggered it
            if order.status is WORKING:
                self._meet_open(order, step, row, part)

    def _meet_open(self, order: Order, step: int, row: int, bar: Bar) -> None:
        if order.seen == step:
            return
        if order.tif:
            self.book.lifetimes.begin(order, step)
        touch = at_open(order, bar.open)
        if order.flags & Flag.POST_ONLY:
            order.flags &= ~Flag.POST_ONLY
            if touch is not None:
                self.book.end(order, REJECTED, reasons.WOULD_TAKE, step)
                return
        if touch is not None:
            feed = self.market.feeds[order.symbol]
            rested = touch.maker and (order.priced < 0 or feed.newest_row(order.priced) + 1 < row)
            self._execute(order, step, row, touch.price, rested, AT_OPEN)
            order.seen = step
        if order.tif in (Tif.IOC, Tif.FOK) and order.status is WORKING:
            self.book.end(order, CANCELED, reasons.NOT_IMMEDIATE, step)

    def _next_touch(self, orders: list[Order], bar: Bar, step: int) -> tuple[Order, Touch] | None:
        """Return what happens next inside the bar: the worse (or better) first, then the nearer."""
        best = None
        best_rank = (True, 0.0, 0)
        for order in orders:
            if order.status is not WORKING or order.seen == step:
                continue
            touch = inside(order, bar, step, self.through)
            if touch is None:
                continue
            is_stop = not touch.maker  # a stop-limit that waits at its limit is one like others
            if not touch.certain and is_stop != self.pessimistic:
                self.ambiguous.add(step)
                continue
            rank = (is_stop != self.pessimistic, abs(touch.price - bar.open), order.id)
            if best is None or rank < best_rank:
                best, best_rank = (order, touch), rank
        return best

    def _count_ambiguity(
        self, chosen: Order, touch: Touch, orders: list[Order], bar: Bar, step: int
    ) -> None:
        if not touch.certain:
            self.ambiguous.add(step)
        elif chosen.group is not None:
            for order in orders:
                if (
                    order.group == chosen.group
                    and order is not chosen
                    and order.status is WORKING
                    and order.seen != step
                    and inside(order, bar, step, self.through) is not None
                ):
                    self.ambiguous.add(step)

    # Fills

    def _execute(
        self, order: Order, step: int, row: int, price: float, maker: bool, move: int
    ) -> None:
        """Fill an order, as far as it goes, and let what depends on it follow."""
        book = self.book
        if self.has_bands and self._is_locked(order, step, row, price, move != AT_CLOSE):
            order.triggered = order.triggered or order.is_stop  # nobody takes the other side
            return
        if order.quantity is None and order.is_bracket:
            book.size_bracket(order, step)
        held = self.units[order.symbol]
        try:
            filled = self.desk.fill(order, step, row, price, maker, move != AT_CLOSE)
        except RefusedError as refusal:
            status = CANCELED if order.filled else REJECTED
            book.end(order, status, refusal.reason, step)
            return
        if order.is_stop and order.filled != order.quantity:
            order.triggered = True  # what the volume leaves of it need not be touched again
        if filled:
            if order.filled == order.quantity:
                order.end(FILLED, order.reason, step)
            book.filled(order, held, step, move)
