"""The short way through a log of plain market orders: the same money, without a book.

Where nothing but market orders, their brackets and a commission decides what happens, an order
fills at one known bar or never. Then cash, sizes and costs are integers (of the smallest lot, and
of the last decimal that a price has), which is the same arithmetic as the book's decimals, digit
by digit, at a fraction of the time; fills, trades and orders become objects only when asked for.

``straight`` gives None wherever the book could decide otherwise: it stays the general way, and
tests compare the two on random logs.
"""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, Decimal

import numpy as np

from naru.engine import orders as reasons
from naru.engine.brackets import Brackets
from naru.engine.config import RunConfig
from naru.engine.desk import LOTS_PER_UNIT, MARGIN_SLACK, SLACK, Desk
from naru.engine.holdings import Holdings
from naru.engine.instruments import SMALLEST_LOT
from naru.engine.ledger import Ledger
from naru.engine.market import Market
from naru.engine.orderlog import Mode, OrderLog
from naru.engine.orders import Fill
from naru.engine.plain import (
    LOT_DIGITS,
    Prices,
    decimals,
    is_plain_log,
    is_plain_run,
    plain_orders,
    prices_of,
)

_LARGEST_UNITS = 1e18
_COMPUTED = (Mode.VALUE, Mode.PERCENT, Mode.TARGET_PERCENT)
_TARGETS = (Mode.TARGET_UNITS, Mode.TARGET_PERCENT)


class _ByBookError(Exception):
    """A position would become negative, where margin has a say, or two brackets would be alive."""


def straight(market: Market, config: RunConfig, log: OrderLog) -> Straight | None:
    """Go the short way through a log; None where it does not lead."""
    desk = Desk(market, Ledger(market, config.cash), config)
    if not (
        len(log) and is_plain_run(market, config, desk) and is_plain_log(log, config, market.feeds)
    ):
        return None
    orders = plain_orders(market, config, log)
    prices = prices_of(orders, config, desk)
    if prices is None:
        return None
    way = Straight(market, config, orders, desk, prices)
    try:
        way.go()
    except _ByBookError:
        return None
    return way


class Straight:
    """One way through a log, and what it left behind.

    cash       at the end, as an integer of ``scale``
    positions  units at the end by symbol, in smallest lots
    fills_of   the numbers of the orders that filled, in that order; the lists beside it hold what
               each order came to: its side, its lots, its commission (1e-8) and why it did not fill
    cash_after, units_after   after each fill; units of its own instrument
    ended      orders of brackets that were taken back: why, and at which step
    alive, exit  the orders of the bracket that a position has, and which of them will end it
    """

    def __init__(
        self, market: Market, config: RunConfig, orders: Brackets, desk: Desk, prices: Prices
    ) -> None:
        self.market, self.config, self.desk = market, config, desk
        self.brackets = orders
        self.prices = prices
        self.raw: list[float] = prices.raw.tolist()
        self.scale = 10 ** (prices.digits + LOT_DIGITS)
        self.unit = 10**prices.digits
        rate = desk.plain_rate
        assert rate is not None  # noqa: S101 - asked before
        self.exact_rate = rate
        self.rate_digits = decimals(rate)
        self.rate_number = int(rate.scaleb(self.rate_digits))
        self.cost_divisor = 10 ** (prices.digits + self.rate_digits)
        self.rate = desk.rate
        self.lost = desk.flat_slippage or 0.0
        self.at_open = config.fill == "next_open"
        self.cash = int(config.cash.scaleb(prices.digits + LOT_DIGITS))
        self.cash_float = float(config.cash)
        self.holdings = Holdings(market)
        self.units = self.holdings.units
        self.positions = [0] * len(market.feeds)
        records = orders.records
        self.steps: list[int] = orders.steps.tolist()
        self.symbols: list[int] = records["symbol"].tolist()
        self.modes: list[int] = records["mode"].tolist()
        self.sizes: list[float] = records["size"].tolist()
        self.sides: list[int] = records["side"].tolist()
        self.lots = [0] * len(records)
        self.costs = [0] * len(records)
        self.stop_losses: list[float] = records["sl"].tolist()
        self.parents: list[int] = records["parent"].tolist()
        self.fills_of: list[int] = []
        self.refusals: dict[int, str] = {}
        self.ended: dict[int, tuple[str, int]] = {}
        self.alive: list[int] = []
        self.exit = -1
        self.ambiguous_bars = 0
        self.cash_after: list[float] = []
        self.units_after: list[float] = []

    # The way

    def go(self) -> None:
        """Fill or refuse every order. Raises _ByBookError where the way ends."""
        asked = self.brackets.asked
        has_brackets = len(asked) < len(self.steps)
        numbers: list[int] = asked.tolist()
        moments = self.brackets.steps[asked]
        steps: list[int] = moments.tolist()
        count = int(np.searchsorted(moments, len(self.market)))
        first = 0
        while first < count:
            last = first + 1
            while last < count and steps[last] == steps[first]:
                last += 1
            if self.exit >= 0 and self.steps[self.exit] < steps[first]:
                self._leave()
            group = numbers[first:last]
            if last - first > 1:
                group.sort(key=self._comes_late)
            for number in group:
                if self._fill(number) and has_brackets:
                    self._follow(number)
            first = last
        if self.exit >= 0:
            self._leave()

    def _follow(self, number: int) -> None:
        """Let brackets end with the position, and begin with their entry's fill."""
        if self.alive and not self.positions[0]:
            for each in self.alive:
                self.ended[each] = (reasons.POSITION_CLOSED, self.steps[number])
            self.alive, self.exit = [], -1
        begun = [each for each in (number + 1, number + 2) if self._comes_with(each, number)]
        if begun:
            if self.alive:
                raise _ByBookError
            self.alive = begun
            met = [each for each in begun if self.steps[each] < len(self.market)]
            self.exit = met[0] if met else -1

    def entry_closed_by(self, fill: Fill) -> int:
        """Return the number of the entry whose bracket a fill is of, -1 for others."""
        return self.parents[fill.order_id]

    def _comes_with(self, number: int, entry: int) -> bool:
        return number < len(self.parents) and self.parents[number] == entry

    def _leave(self) -> None:
        """Fill the order that ends the bracket which is alive: it sells what its entry bought."""
        number = self.exit
        position, lots = self.positions[0], self.lots[self.parents[number]]
        lots = min(lots, position)
        notional = lots * self.prices.sold[number]
        cost = self._cost(notional)
        self.cash += notional - cost * self.unit
        self.lots[number], self.costs[number] = lots, cost
        self._note(number, 0, position - lots)
        sibling = self.brackets.sibling.item(number)
        if sibling >= 0:
            self.ended[sibling] = (reasons.SIBLING_FILLED, self.steps[number])
        self.ambiguous_bars += bool(self.brackets.ambiguous[number])
        self.alive, self.exit = [], -1

    def _comes_late(self, number: int) -> bool:
        """Tell whether an order takes cash; those that free some come first, as in the book."""
        mode, size, symbol = self.modes[number], self.sizes[number], self.symbols[number]
        held = self.units[symbol]
        if mode == Mode.CLOSE or held == 0.0:
            return mode != Mode.CLOSE
        if mode == Mode.TARGET_UNITS:
            return not abs(size) < abs(held)
        if mode == Mode.TARGET_PERCENT:
            wanted = size * self._equity(number)
            return not abs(wanted) < abs(held * self.raw[number])
        return self.sides[number] > 0

    def _equity(self, number: int) -> float:
        holdings = self.holdings
        if not holdings.held:
            return self.cash_float
        return self.cash_float + holdings.marked(self.steps[number], self.at_open)

    def _fill(self, number: int) -> bool:
        """Fill one order, or note why it cannot be; tell which."""
        symbol = self.symbols[number]
        position = self.positions[symbol]
        lots = self._lots(number, self.modes[number], self.sizes[number], position)
        if lots <= 0:
            return False
        self.lots[number] = lots
        if self.sides[number] < 0:
            after = position - lots
            if after < 0:
                self._refuse_short(number)
                return False
            notional = lots * self.prices.sold[number]
            cost = self._cost(notional)
            self.cash += notional - cost * self.unit
        else:
            notional = lots * self.prices.bought[number]
            cost = self._cost(notional)
            due = notional + cost * self.unit
            if due > self.cash:
                lots = self._lowered(number, lots, due)
                if not lots:
                    self.refusals[number] = reasons.INSUFFICIENT_CASH
                    return False
                notional = lots * self.prices.bought[number]
                cost = self._cost(notional)
                due = notional + cost * self.unit
            after = position + lots
            self.cash -= due
        self.costs[number] = cost
        self._note(number, symbol, after)
        return True

    def _note(self, number: int, symbol: int, after: int) -> None:
        self.cash_float = self.cash / self.scale  # rounded once, as a decimal's text is
        self.positions[symbol] = after
        units = after / 100_000_000 if after else 0.0
        self.holdings.hold(symbol, units)
        self.fills_of.append(number)
        self.cash_after.append(self.cash_float)
        self.units_after.append(units)

    def _lots(self, number: int, mode: int, size: float, position: int) -> int:
        """Return the lots that an order is about; 0 after noting why there are none."""
        if mode == Mode.CLOSE:
            if not position:
                self.refusals[number] = reasons.NOTHING_TO_REDUCE
                return 0
            self.sides[number] = -1
            if size >= 1:
                return position
            lots = min(_lots_below(self.units[self.symbols[number]] * size), position)
        elif mode == Mode.UNITS:
            lots = _exact_lots(size)
        elif mode == Mode.TARGET_UNITS:
            change = _exact_lots(size) - position
            self.sides[number] = 1 if change > 0 else -1
            lots = abs(change)
        else:
            units = self._units(number, mode, size)
            if units is None:
                return 0
            if not units < _LARGEST_UNITS:
                self.refusals[number] = reasons.INSUFFICIENT_MARGIN
                return 0
            lots = _lots_below(units)
            if mode == Mode.TARGET_PERCENT and self.sides[number] < 0:
                lots = min(lots, position) if size else position
        if lots <= 0:
            self.refusals[number] = reasons.NOTHING_TO_DO if mode in _TARGETS else reasons.TOO_SMALL
        return lots

    def _units(self, number: int, mode: int, size: float) -> float | None:
        """Return the units that a wish in money comes to, as the desk computes them."""
        equity = self._equity(number)
        if equity <= 0 and mode != Mode.VALUE:
            self.refusals[number] = reasons.BANKRUPT
            return None
        raw, side = self.raw[number], self.sides[number]
        if mode == Mode.RISK:
            distance = abs(raw - self.stop_losses[number])
            return size * equity / distance if distance else math.inf
        if mode != Mode.TARGET_PERCENT:
            budget = size if mode == Mode.VALUE else size * equity
            return budget / (raw * (1 + side * self.lost) * (1 + self.rate))
        held = self.units[self.symbols[number]]
        units = 0.0
        if size:
            side = 1 if size * equity > held * raw else -1
            units = size * equity / (raw * (1 + side * self.lost) * (1 + self.rate))
        units -= held
        self.sides[number] = 1 if units > 0 else -1
        return abs(units)

    def _cost(self, notional: int) -> int:
        """Return the commission, rounded half to even."""
        number = self.rate_number
        if not number:
            return 0
        cost, rest = divmod(notional * number, self.cost_divisor)
        rest *= 2
        if rest > self.cost_divisor or (rest == self.cost_divisor and cost & 1):
            cost += 1
        return int(cost)

    def _refuse_short(self, number: int) -> None:
        if self.config.allow_short:
            raise _ByBookError
        self.refusals[number] = reasons.SHORT_NOT_ALLOWED

    def _lowered(self, number: int, lots: int, due: int) -> int:
        """Return the lots that a budget which the account has pays for; 0 if it has not.

        The same steps as ``Desk._affordable``: what misses by a rounding is lowered to fit.
        """
        price = self.prices.bought[number]
        for _ in range(4):
            if due <= self.cash:
                self.lots[number] = lots
                return lots
            notional = lots * price / self.scale
            missing = (due - self.cash) / self.scale
            if self.modes[number] not in _COMPUTED or missing > 0.02 * notional:
                return 0
            if missing > 1e-9 * notional and not self._fits_in_principle(number):
                return 0
            fewer = Decimal(missing / (price / self.unit * (1 + self.rate))) / SMALLEST_LOT
            lowered = lots - max(int(fewer.to_integral_value(ROUND_CEILING)), 1)
            if lowered <= 0:
                return 0
            lots = self.lots[number] = lowered
            notional_exact = lots * price
            due = notional_exact + self._cost(notional_exact) * self.unit
        return 0

    def _fits_in_principle(self, number: int) -> bool:
        budget = self.sizes[number]
        mode, symbol = self.modes[number], self.symbols[number]
        if mode != Mode.VALUE:
            budget = abs(budget) * self._equity(number)
        if mode == Mode.TARGET_PERCENT:
            budget -= abs(self.units[symbol]) * self.raw[number]
        return budget <= max(self.cash_float, 0.0) * MARGIN_SLACK


def _lots_below(units: float) -> int:
    return int(units * LOTS_PER_UNIT * (1 + SLACK))


def _exact_lots(size: float) -> int:
    return int(Decimal(repr(size)).quantize(SMALLEST_LOT).scaleb(LOT_DIGITS))
