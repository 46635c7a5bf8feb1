"""The order book of one run: takes orders and cancellations, and moves through the bars.

The strategy's run and the trusted replay move the same book over the same bars; the one asks it
as it goes, the other reads what was asked from the order log. Between two events nothing happens,
so the book says when the next one can be (``wake``) and is not called before.

Within a bar: what is due in time (financing, margin calls, corporate actions, the ends of orders),
then market orders at the open, then resting orders that the open passes, then what the bar
touches, then the close.
"""

from collections.abc import Callable
from decimal import Decimal

from naru.engine import orders as reasons
from naru.engine.brackets import is_on_wrong_side
from naru.engine.config import RunConfig
from naru.engine.desk import Desk
from naru.engine.ledger import Ledger
from naru.engine.lifetimes import Lifetimes
from naru.engine.market import Market
from naru.engine.matching import first_touch, follow
from naru.engine.orderlog import Action, Flag, Kind, Mode, OrderLog, Record
from naru.engine.orders import CANCELED, FILLED, REJECTED, WAITING, WORKING, Fill, Order, own_order
from naru.engine.processes import CorporateActions, MarginCall, financing_of
from naru.engine.rounds import AT_CLOSE, Rounds
from naru.engine.ticks import is_off_tick, on_tick, rounded

_ABSENT = float("nan")
_BRACKET = Mode.UNITS


class Book:
    """Working orders, and through the ledger positions and cash.

    now      the first step that the book has not gone through
    orders   all orders by number; the engine's own are in ``forced``
    exits    market orders by symbol that end what their parent has opened
    """

    def __init__(self, market: Market, config: RunConfig) -> None:
        self.market = market
        self.config = config
        self.ledger = Ledger(market, config.cash)
        self.desk = Desk(market, self.ledger, config)
        self.now = 0
        self.orders: list[Order] = []
        self.forced: list[Order] = []
        self.queue: list[Order] = []
        self.resting: dict[int, list[Order]] = {}
        self.exits: dict[int, list[Order]] = {}
        self.children: dict[int, list[Order]] = {}
        self.groups: dict[int, list[Order]] = {}
        self.on_change: Callable[[Order], None] | None = None
        self.pulse: Callable[[], None] | None = None
        self.same_close = config.fill == "same_close"
        self.financing = financing_of(config)
        self.margin = MarginCall(float(config.maintenance))
        self.actions = CorporateActions(config.actions) if config.actions else None
        self.lifetimes = Lifetimes(market, config.session)
        self.rounds = Rounds(self, market, self.desk, config)
        self.has_rules = any(
            rules.tick or rules.tick_ladder or rules.price_limit for rules in self.desk.instruments
        )
        self.rounds_prices = self.has_rules and config.off_tick == "round"

    # What a strategy asks for

    def place(self, record: Record) -> Order:
        """Take an order, as the log spells it. It can fill from the next bar on."""
        if self.rounds_prices:
            record = rounded(self.desk.instruments[record[9]], record)
        order = self._enter(record)
        if order.tif:
            self.lifetimes.watch(order)
        trail, sl, tp = record[17], record[18], record[19]
        if sl == sl:  # noqa: PLR0124 - not NaN
            order.sl_order = self._bracket(order, Kind.STOP, sl)
        elif trail == trail and order.kind != Kind.TRAIL:  # noqa: PLR0124
            order.sl_order = self._bracket(order, Kind.TRAIL, trail)
        if tp == tp:  # noqa: PLR0124
            order.tp_order = self._bracket(order, Kind.LIMIT, tp)
        if order.sl_order is not None and order.tp_order is not None:
            self._exclude(order.sl_order, order.tp_order)
        if order.oco >= 0:
            other = self.orders[order.oco]
            self._exclude(other, order)
            if other.filled:
                self.end(order, CANCELED, reasons.SIBLING_FILLED, order.step)
                return order
        has_bracket = order.sl_order is not None or order.tp_order is not None
        if not ((has_bracket or self.has_rules) and self._refused_on_sight(order)):
            if order.parent >= 0:
                self._wait(order)
            else:
                self._work(order)
        return order

    def cancel(self, number: int, step: int) -> None:
        """Take an order out of the book; nothing happens if it is done."""
        order = self.orders[number]
        if order.is_open:
            self.end(order, CANCELED, reasons.USER, step)

    def change(self, number: int, limit: float, stop: float, size: float) -> bool:
        """Give an open order other prices, of those that it has, or another size.

        NaN leaves a price as it is, 0 the size. Tell whether anything was changed: what the venue
        would refuse changes nothing.
        """
        order = self.orders[number]
        quantity = self.desk.resized(order, size) if size else None
        if not order.is_open or (size and quantity is None):
            return False
        if self.rounds_prices:
            instrument, buys = self.desk.instruments[order.symbol], order.side > 0
            limit = on_tick(instrument, limit, up=not buys)
            stop = on_tick(instrument, stop, up=buys)
        before = order.limit, order.stop
        order.limit = limit if limit == limit and order.limit == order.limit else order.limit  # noqa: PLR0124
        order.stop = stop if stop == stop and order.stop == order.stop else order.stop  # noqa: PLR0124
        # Of prices that were not given, a split may have taken some off the tick.
        new_limit = order.limit if order.limit != before[0] else _ABSENT
        new_stop = order.stop if order.stop != before[1] else _ABSENT
        if self.has_rules and self._refusal(order, new_limit, new_stop) is not None:
            order.limit, order.stop = before
            return False
        order.priced = self.now - 1 if limit == order.limit != before[0] else order.priced
        if quantity is not None:
            order.resize(quantity)
        return quantity is not None or before != (order.limit, order.stop)

    def _enter(self, record: Record) -> Order:
        order = Order(len(self.orders), record)
        self.orders.append(order)
        return order

    def _bracket(self, entry: Order, kind: int, price: float) -> Order:
        limit = price if kind == Kind.LIMIT else _ABSENT
        stop = price if kind == Kind.STOP else _ABSENT
        trail = price if kind == Kind.TRAIL else _ABSENT
        flags = Flag.REDUCE_ONLY | (entry.flags & Flag.TRAIL_FRACTION)
        record: Record = (
            entry.step, 0, kind, _BRACKET, 0, 0, flags, -entry.side, 0, entry.symbol, -1,
            entry.id, -1, entry.tag, 0.0, limit, stop, trail, _ABSENT, _ABSENT, 0,
        )  # fmt: skip
        order = self._enter(record)
        order.status = WAITING
        return order

    def _price_meant(self, order: Order) -> float:
        """Return the price at which an order means to fill; NaN while none is known.

        None is for what trails, and for what waits for another order before it goes to the market.
        """
        if order.limit == order.limit:
            return order.limit
        waits = order.parent >= 0 and not self.orders[order.parent].filled
        if order.kind != Kind.MARKET or waits:
            return order.stop
        feed = self.market.feeds[order.symbol]
        row = feed.newest_row(order.step)
        return feed.close.item(row) if row >= 0 else _ABSENT

    def _exclude(self, first: Order, second: Order) -> None:
        if first.group is None:
            first.group = first.id
            self.groups[first.id] = [first]
        second.group = first.group
        self.groups[first.group].append(second)

    def _refused_on_sight(self, order: Order) -> bool:
        refusal = None
        if self.has_rules:
            refusal = self._refusal(order, order.limit, order.stop, order.sl, order.tp)
        if is_on_wrong_side(order.side, self._price_meant(order), order.sl, order.tp):
            refusal = reasons.WRONG_SIDE
        if refusal is not None:
            self.end(order, REJECTED, refusal, order.step)
        return refusal is not None

    def _refusal(self, order: Order, limit: float, *others: float) -> str | None:
        """Return why the venue would not take these prices: off the tick, or out of the day's."""
        instrument = self.desk.instruments[order.symbol]
        if instrument.price_limit is not None:
            feed = self.market.feeds[order.symbol]
            row = feed.newest_row(max(self.now - 1, order.step))
            if self.rounds.bands.is_outside(feed, instrument, row, limit):
                return reasons.PRICE_LIMIT
        if instrument.tick is None and not instrument.tick_ladder:
            return None
        is_off = any(is_off_tick(instrument, price) for price in (limit, *others))
        return reasons.OFF_TICK if is_off else None

    def _wait(self, order: Order) -> None:
        parent = self.orders[order.parent]
        if parent.filled:
            self._work(order)
        elif parent.is_open:
            order.status = WAITING
            self.children.setdefault(parent.id, []).append(order)
        else:
            self.end(order, CANCELED, reasons.PARENT_DEAD, order.step)

    def _work(self, order: Order) -> None:
        order.status = WORKING
        if order.kind == Kind.MARKET:
            self.queue.append(order)
            if order.reduce_only and order.parent >= 0:
                self.exits.setdefault(order.symbol, []).append(order)
            return
        if order.kind == Kind.TRAIL:
            feed = self.market.feeds[order.symbol]
            order.since = feed.newest_row(max(self.now - 1, 0)) + 1
            order.reference = feed.close.item(order.since - 1) if order.since else _ABSENT
        resting = self.resting.get(order.symbol)
        if resting is None:
            resting = self.resting[order.symbol] = []
        resting.append(order)

    # Time

    def wake(self, stop: int) -> int:
        """Return the first step from ``now`` on, below ``stop``, in which something may happen."""
        now = self.now
        if self.queue or now >= stop:
            return min(now, stop)
        if self.lifetimes.watched:
            stop = self.lifetimes.due(now, stop)
        for process in self.financing:
            stop = min(stop, max(process.due(self, stop), now))
        if self.actions is not None:
            stop = min(stop, max(self.actions.due(self, stop), now))
        if self.ledger.shorts or self.ledger.cash_float < 0.0:
            stop = min(stop, max(self.margin.due(self, stop), now))
        for symbol, orders in self.resting.items():
            if not orders:
                continue
            for order in orders:
                if (order.tif or order.flags & Flag.POST_ONLY) and order.is_judged_next:
                    return now
            feed = self.market.feeds[symbol]
            last = feed.first_row(stop)
            row = first_touch(orders, feed, feed.first_row(now), last)
            if row < last:
                stop = feed.step_of(row)
        return stop

    def advance(self, stop: int) -> None:
        """Go through all steps below ``stop``."""
        while self.now < stop:
            step = self.now if self.queue else self.wake(stop)
            if step >= stop:
                self.now = stop
            else:
                self.match(step)
                if self.pulse is not None:
                    self.pulse()

    def match(self, step: int) -> None:
        """Go through one bar of every symbol."""
        self.now = step  # what is owed is owed at the close before, wherever the book came from
        for process in self.financing:
            if process.due(self, step + 1) == step:
                process.apply(self, step)
        if (self.ledger.shorts or self.ledger.cash_float < 0.0) and (
            self.margin.due(self, step + 1) == step
        ):
            self.margin.apply(self, step)
        if self.actions is not None and self.actions.due(self, step + 1) == step:
            self.actions.apply(self, step)
        self.now = step + 1
        if self.lifetimes.watched:
            self._expire(step)
        if self.queue:
            self.rounds.auction(step, at_close=False)
        if self.resting:
            self.rounds.sweep(step)
        if self.queue:
            self.rounds.auction(step, at_close=True)

    def force_close(self, step: int) -> None:
        """Take all orders out of the book and send orders that close every position."""
        for order in self.open_orders():
            if order.is_open:  # it may have ended with another
                self.end(order, CANCELED, reasons.MARGIN_CALL, step)
        for symbol in sorted(self.ledger.held, reverse=True):  # their numbers count downwards
            order = own_order(-1 - len(self.forced), step, symbol, Mode.CLOSE, 1.0)
            order.reason = reasons.MARGIN_CALL
            self.forced.append(order)
            self.queue.append(order)

    def sell_fraction(self, fill: Fill) -> None:
        """Book what the engine itself sold (or bought back) of units that are none any more."""
        units = float(fill.quantity)
        order = own_order(fill.order_id, fill.step, fill.symbol, Mode.UNITS, units)
        order.side, order.flags = fill.side, Flag.REDUCE_ONLY
        held = self.ledger.units[fill.symbol]
        self.forced.append(order)
        order.quantity = order.filled = fill.quantity
        order.value = fill.price * fill.quantity
        order.end(FILLED, reasons.CASH_IN_LIEU, fill.step)
        self.ledger.book(fill, order.value)
        self.filled(order, held, fill.step, 0)

    def split(self, symbol: int, ratio: Decimal, step: int) -> None:
        """Turn every unit into ``ratio`` units, in the account and in working orders."""
        self.ledger.split(step, symbol, ratio)
        feed, grain = self.market.feeds[symbol], self.desk.instruments[symbol].grain
        for order in self.open_orders():
            if order.symbol == symbol:
                if order.kind == Kind.TRAIL and order.status is WORKING:
                    follow(order, feed, feed.first_row(step))  # the bars before, at their prices
                # An entry that is done keeps its units as they were filled; its bracket does not.
                if order.is_bracket and order.quantity is None:
                    entry = self.orders[order.parent]
                    order.quantity = None if entry.is_open else entry.filled
                order.split(ratio, grain)

    def match_close(self, step: int) -> None:
        """Fill what was asked at this step's close, where that is the convention."""
        self._expire(step)
        self.rounds.auction(step, at_close=True)

    def follow(self, log: OrderLog, pulse: Callable[[], None] | None = None) -> None:
        """Go through all bars known, asking at each what the log says was asked there.

        pulse  called after every bar in which there was something to do; it may raise to end this
        """
        self.pulse = pulse
        now = -1
        for record in log.records.tolist():
            step = record[0]
            if step != now:
                if self.same_close and self.queue:
                    self.match_close(now)
                self.advance(step + 1)
                now = step
            if record[1] == Action.PLACE:
                self.place(record)
            elif record[1] == Action.CANCEL:
                self.cancel(record[10], step)
            else:
                self.change(record[10], record[15], record[16], record[14])
        if self.same_close and self.queue:
            self.match_close(now)
        self.advance(len(self.market))

    def open_orders(self) -> list[Order]:
        """Return the orders that may still fill, oldest first."""
        orders = [*self.queue, *(order for orders in self.resting.values() for order in orders)]
        orders += [order for waiting in self.children.values() for order in waiting]
        for parent in tuple(orders):
            orders += [child for child in (parent.sl_order, parent.tp_order) if child is not None]
        unique = {order.id: order for order in orders if order.is_open}
        return [unique[number] for number in sorted(unique)]

    def finish(self) -> None:
        """Cancel what is open after the last bar."""
        last = len(self.market) - 1
        for order in (*self.orders, *self.forced):
            if order.is_open:
                self.end(order, CANCELED, reasons.END_OF_DATA, last)

    def release(self) -> None:
        """Let go of what leads back here: no more bars will come."""
        self.on_change = None
        del self.rounds

    # What follows from fills and ends

    def _expire(self, step: int) -> None:
        for order in self.lifetimes.over(step):
            if order.is_open:  # it may have ended with another
                self.end(order, reasons.EXPIRED, reasons.TIME_IN_FORCE, step)

    def filled(self, order: Order, held: float, step: int, move: int) -> None:
        """Let what depends on a fill follow it. ``held`` are the units before it."""
        if order.group is not None:
            self._end_group(order, step)
        if held:
            self._end_brackets(order, held, step)
        if order.sl_order is not None or order.tp_order is not None or order.id in self.children:
            self._wake_children(order, step, move)
        if self.on_change is not None:
            self.on_change(order)

    def size_bracket(self, order: Order, step: int) -> None:
        """Let a bracket's order close what its entry has filled, and stop the entry's rest."""
        entry = self.orders[order.parent]
        if entry.is_open:
            self.end(entry, CANCELED, reasons.SIBLING_FILLED, step)
        order.quantity = entry.filled

    def _end_group(self, filled: Order, step: int) -> None:
        assert filled.group is not None  # noqa: S101 - asked only then
        for order in self.groups[filled.group]:
            if order is not filled and order.is_open:
                self.end(order, CANCELED, reasons.SIBLING_FILLED, step)

    def _end_brackets(self, filler: Order, held: float, step: int) -> None:
        """Cancel the brackets of a position that was closed or turned around."""
        after = self.ledger.units[filler.symbol]
        if after * held > 0:
            return
        for order in (*self.resting.get(filler.symbol, ()), *self.exits.get(filler.symbol, ())):
            depends = order.reduce_only and order.parent not in (-1, filler.id)
            if depends and order.is_open and order is not filler:
                self.end(order, CANCELED, reasons.POSITION_CLOSED, step)
        if exits := self.exits.get(filler.symbol):
            exits[:] = [order for order in exits if order.is_open]

    def _wake_children(self, parent: Order, step: int, move: int) -> None:
        """Let orders work from their parent's first fill on, brackets from the one that opens."""
        opened = self.ledger.units[parent.symbol] * parent.side > 0
        for child in (parent.sl_order, parent.tp_order, *self.children.pop(parent.id, ())):
            if child is None or child.status is not WAITING:
                continue
            if child.is_bracket:
                if not opened:
                    if not parent.is_open:
                        self.end(child, CANCELED, reasons.POSITION_CLOSED, step)
                    continue
                child.side = -parent.side
            child.born, child.born_move = step, move
            if move == AT_CLOSE or child.kind == Kind.MARKET or child.symbol != parent.symbol:
                child.seen = step
            else:
                self.lifetimes.begin(child, step)
            self._work(child)
            if child.kind == Kind.TRAIL and child.symbol == parent.symbol:
                # It trails from its parent's fill; highs of this bar count if it saw them all.
                child.reference = self.ledger.fills[-1].reference
                opened_at = self.market.feeds[child.symbol].open.item(child.since - 1)
                child.since -= move == 0 and child.reference == opened_at

    def end(self, order: Order, status: str, reason: str, step: int) -> None:
        """Take an order out of the book, and with it what waits for its first fill."""
        order.end(status, reason, step)
        if not order.filled:
            for child in (order.sl_order, order.tp_order, *self.children.pop(order.id, ())):
                if child is not None and child.is_open:
                    self.end(child, CANCELED, reasons.PARENT_DEAD, step)
        else:  # what it filled has only closed: its bracket has nothing to end
            for child in (order.sl_order, order.tp_order):
                if child is not None and child.status is WAITING:
                    self.end(child, CANCELED, reasons.POSITION_CLOSED, step)
        if self.on_change is not None:
            self.on_change(order)
