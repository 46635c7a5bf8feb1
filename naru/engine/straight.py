"""The short way through a log of plain market orders: the same money, without a book.

Where nothing but market orders, their sizes and a commission decides what happens, an order fills
at one known bar or never. Then cash, sizes and costs are integers (of the smallest lot, and of the
last decimal that a price has), which is the same arithmetic as the book's decimals, digit by
digit, at a fraction of the time; fills, trades and orders become objects only when asked for.

``straight`` gives None wherever the book could decide otherwise: it stays the general way, and
tests compare the two on random logs.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal, localcontext

import numpy as np

from naru.engine import orders as reasons
from naru.engine.config import RunConfig
from naru.engine.desk import LOTS_PER_UNIT, MARGIN_SLACK, SLACK, Desk
from naru.engine.holdings import Holdings
from naru.engine.instruments import SMALLEST_LOT
from naru.engine.ledger import MONEY, MONEY_STEP, Journal, Ledger
from naru.engine.market import Floats, Market
from naru.engine.orderlog import Flag, Mode, OrderLog
from naru.engine.orders import CANCELED, FILLED, REJECTED, Fill, Order
from naru.engine.plain import (
    LOT_DIGITS,
    Prices,
    decimals,
    is_plain_log,
    is_plain_run,
    prices_of,
)
from naru.engine.trades import ClosedTrades

_LARGEST_UNITS = 1e18
_COMPUTED = (Mode.VALUE, Mode.PERCENT, Mode.TARGET_PERCENT)
_TARGETS = (Mode.TARGET_UNITS, Mode.TARGET_PERCENT)


class _ShortError(Exception):
    """A position would become negative, where margin has a say."""


def straight(market: Market, config: RunConfig, log: OrderLog) -> Straight | None:
    """Go the short way through a log; None where it does not lead."""
    desk = Desk(market, Ledger(market, config.cash), config)
    if not (len(log) and is_plain_run(market, config, desk) and is_plain_log(log)):
        return None
    prices = prices_of(market, config, log, desk)
    if prices is None:
        return None
    way = Straight(market, config, log, desk, prices)
    try:
        way.go()
    except _ShortError:
        return None
    return way


class Straight:
    """One way through a log, and what it left behind.

    cash       at the end, as an integer of ``scale``
    positions  units at the end by symbol, in smallest lots
    fills_of   the numbers of the orders that filled, in that order; the lists beside it hold what
               each order came to: its side, its lots, its commission (1e-8) and why it did not fill
    """

    def __init__(
        self, market: Market, config: RunConfig, log: OrderLog, desk: Desk, prices: Prices
    ) -> None:
        self.market, self.config, self.log, self.desk = market, config, log, desk
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
        records = log.records
        self.steps: list[int] = (records["step"] + (config.fill != "same_close")).tolist()
        self.symbols: list[int] = records["symbol"].tolist()
        self.modes: list[int] = records["mode"].tolist()
        self.sizes: list[float] = records["size"].tolist()
        self.sides: list[int] = records["side"].tolist()
        self.lots = [0] * len(records)
        self.costs = [0] * len(records)
        self.fills_of: list[int] = []
        self.refusals: dict[int, str] = {}
        self.cash_journal = Journal()
        self.journals: dict[int, Journal] = {}

    # The way

    def go(self) -> None:
        """Fill or refuse every order. Raises _ShortError where a position turns negative."""
        steps = self.steps
        count = int(np.searchsorted(np.array(steps), len(self.market)))
        first = 0
        while first < count:
            last = first + 1
            while last < count and steps[last] == steps[first]:
                last += 1
            if last - first == 1:
                self._fill(first)
            else:
                ranked = sorted(range(first, last), key=self._comes_late)
                for number in ranked:
                    self._fill(number)
            first = last

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

    def _fill(self, number: int) -> None:
        """Fill one order, or note why it cannot be."""
        symbol = self.symbols[number]
        position = self.positions[symbol]
        lots = self._lots(number, self.modes[number], self.sizes[number], position)
        if lots <= 0:
            return
        self.lots[number] = lots
        if self.sides[number] < 0:
            after = position - lots
            if after < 0:
                self._refuse_short(number)
                return
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
                    return
                notional = lots * self.prices.bought[number]
                cost = self._cost(notional)
                due = notional + cost * self.unit
            after = position + lots
            self.cash -= due
        self.costs[number] = cost
        self._note(number, symbol, after)

    def _note(self, number: int, symbol: int, after: int) -> None:
        self.fills_of.append(number)
        step = self.steps[number]
        self.cash_float = cash = self.cash / self.scale  # rounded once, as a decimal's text is
        self.cash_journal.note(step, cash)
        self.positions[symbol] = after
        units = after / 100_000_000 if after else 0.0
        self.holdings.hold(symbol, units)
        journal = self.journals.get(symbol)
        if journal is None:
            journal = self.journals[symbol] = Journal()
        journal.note(step, units)

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
        if equity <= 0:
            self.refusals[number] = reasons.BANKRUPT
            return None
        raw, side = self.raw[number], self.sides[number]
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
            raise _ShortError
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

    # What it left behind

    @property
    def ledger_cash(self) -> Decimal:
        """The cash at the end."""
        return Decimal(self.cash).scaleb(-self.prices.digits - LOT_DIGITS)

    @property
    def ledger_positions(self) -> list[Decimal]:
        """The units at the end, by symbol index."""
        return [lots * SMALLEST_LOT for lots in self.positions]

    def fill_prices(self) -> list[int]:
        """Return the price of each fill, slippage applied, in units of its last decimal."""
        sides, bought, sold = self.sides, self.prices.bought, self.prices.sold
        return [(bought if sides[number] > 0 else sold)[number] for number in self.fills_of]

    def fills(self) -> tuple[Fill, ...]:
        """Return the fills, in the decimals that the desk would have written."""
        market, lost = self.market, self.lost
        fills = []
        with localcontext(MONEY):
            for number in self.fills_of:
                step, side, raw = self.steps[number], self.sides[number], self.raw[number]
                price = Decimal(f"{raw * (1 + side * lost) if lost else raw:.12g}")
                quantity = self.lots[number] * SMALLEST_LOT
                cost = self.costs[number] * MONEY_STEP
                if not cost:
                    cost = price * quantity * self.exact_rate
                    cost = cost.quantize(MONEY_STEP) if cost else cost
                fills.append(
                    Fill(step, market.ts.item(step), self.symbols[number], side, quantity, price,
                         cost, number, raw, False)
                )  # fmt: skip
        return tuple(fills)

    def orders(self, fills: tuple[Fill, ...]) -> tuple[Order, ...]:
        """Return all orders, as the book would have left them."""
        last = len(self.market) - 1
        filled = {fill.order_id: fill for fill in fills}
        orders = []
        with localcontext(MONEY):
            for number, record in enumerate(self.log.records.tolist()):
                order = Order(number, record)
                order.side = self.sides[number]
                if order.mode == Mode.CLOSE and order.side:
                    order.flags |= Flag.REDUCE_ONLY
                if self.lots[number]:
                    order.quantity = self.lots[number] * SMALLEST_LOT
                if number in filled:
                    fill = filled[number]
                    order.filled, order.value = fill.quantity, fill.price * fill.quantity
                    order.end(FILLED, None, fill.step)
                elif number in self.refusals:
                    order.end(REJECTED, self.refusals[number], self.steps[number])
                else:
                    order.end(CANCELED, reasons.END_OF_DATA, last)
                orders.append(order)
        return tuple(orders)

    def closed_trades(self) -> ClosedTrades | None:
        """Return the round trips by array, where each is one fill in and one out; else None."""
        prices, lots, costs = self.fill_prices(), self.lots, self.costs
        opened: dict[int, int] = {}
        pairs = []
        for place, number in enumerate(self.fills_of):
            entry = opened.pop(self.symbols[number], None)
            if self.sides[number] > 0:
                if entry is not None:
                    return None
                opened[self.symbols[number]] = place
            else:
                if entry is None or lots[self.fills_of[entry]] != lots[number]:
                    return None
                pairs.append((entry, place))
        unit, scale, numbers = self.unit, self.scale, self.fills_of
        pnl = [
            (
                (prices[leave] - prices[entry]) * lots[numbers[entry]]
                - (costs[numbers[entry]] + costs[numbers[leave]]) * unit
            )
            / scale
            for entry, leave in pairs
        ]
        entries = np.array([entry for entry, _ in pairs], dtype=np.int64)
        exits = np.array([leave for _, leave in pairs], dtype=np.int64)
        amounts, values = self.fill_columns()
        ts = self.market.ts[[self.steps[number] for number in numbers]] if numbers else exits
        notional = values[entries] * amounts[entries]
        return ClosedTrades(np.array(pnl, dtype=float), notional, ts[exits] - ts[entries])

    def fill_columns(self) -> tuple[Floats, Floats]:
        """Return the fills' quantities and prices."""
        lots = np.array([self.lots[number] / 100_000_000 for number in self.fills_of])
        prices = np.array([price / self.unit for price in self.fill_prices()])
        return lots, prices

    def slippage(self, quantities: Floats, prices: Floats) -> float:
        """Return the quote currency that fills lost to slippage."""
        if not self.desk.slippages:
            return 0.0
        return float((abs(prices - self.prices.raw[self.fills_of]) * quantities).sum())


def _lots_below(units: float) -> int:
    return int(units * LOTS_PER_UNIT * (1 + SLACK))


def _exact_lots(size: float) -> int:
    return int(Decimal(repr(size)).quantize(SMALLEST_LOT).scaleb(LOT_DIGITS))
