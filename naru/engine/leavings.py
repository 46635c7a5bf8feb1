"""What a short way through a log left behind: fills, orders and trades, once they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from naru.engine import orders as reasons
from naru.engine.amounts import Amount, amounts
from naru.engine.instruments import SMALLEST_LOT
from naru.engine.ledger import MONEY, MONEY_STEP, path_of
from naru.engine.market import Floats, Ints
from naru.engine.orderlog import Flag, Mode
from naru.engine.orders import CANCELED, FILLED, REJECTED, Fill, Order
from naru.engine.plain import LOT_DIGITS, decimals
from naru.engine.tables import OrderTable, TradeTable, given, wanted
from naru.engine.trades import ClosedTrades, Pairing

if TYPE_CHECKING:
    from naru.engine.straight import Straight

_COST_DIGITS = decimals(MONEY_STEP)


class Leavings:
    """Reads what a way wrote down.

    cash       at the end
    positions  units at the end by symbol index
    """

    def __init__(self, way: Straight) -> None:
        self.way = way
        self.cash = Decimal(way.cash).scaleb(-way.prices.digits - LOT_DIGITS)
        self.positions = [lots * SMALLEST_LOT for lots in way.positions]

    def cash_path(self, start: float) -> Floats:
        """Return the cash after every step."""
        return path_of(self._steps, self.way.cash_after, len(self.way.market), start)

    def position_paths(self) -> dict[int, Floats]:
        """Return the units held after every step, by the symbols that were ever held."""
        way, paths = self.way, {}
        symbols = np.array(way.symbols, dtype=np.int64)[self._numbers]
        units = np.array(way.units_after)
        for symbol in np.unique(symbols).tolist():
            mine = symbols == symbol
            paths[symbol] = path_of(self._steps[mine], units[mine], len(way.market), 0.0)
        return paths

    @cached_property
    def _numbers(self) -> Ints:
        """The numbers of the orders that filled, in that order."""
        return np.array(self.way.fills_of, dtype=np.int64)

    @cached_property
    def _steps(self) -> Ints:
        """The step of each fill."""
        return self.way.brackets.steps[self._numbers]

    @cached_property
    def _ts(self) -> Ints:
        """The instant of each fill, ns since the epoch."""
        return self.way.market.ts[self._steps]

    @cached_property
    def fill_prices(self) -> list[int]:
        """The price of each fill, slippage applied, in units of its last decimal."""
        sides, bought, sold = self.way.sides, self.way.prices.bought, self.way.prices.sold
        return [(bought if sides[number] > 0 else sold)[number] for number in self.way.fills_of]

    def fills(self) -> tuple[Fill, ...]:
        """Return the fills, in the decimals that the desk would have written."""
        with localcontext(MONEY):
            return tuple(map(self._fill, self.way.fills_of))

    def _fill(self, number: int) -> Fill:
        way = self.way
        step, side, raw = way.steps[number], way.sides[number], way.raw[number]
        maker = way.brackets.rests.item(number)
        lost = 0.0 if maker else way.lost
        price = Decimal(f"{raw * (1 + side * lost) if lost else raw:.12g}")
        quantity = way.lots[number] * SMALLEST_LOT
        cost = way.costs[number] * MONEY_STEP
        if not cost:
            cost = price * quantity * way.exact_rate
            cost = cost.quantize(MONEY_STEP) if cost else cost
        return Fill(step, way.market.ts.item(step), way.symbols[number], side, quantity, price,
                    cost, number, raw, maker)  # fmt: skip

    def orders(self, fills: tuple[Fill, ...]) -> tuple[Order, ...]:
        """Return all orders, as the book would have left them."""
        way = self.way
        filled = {fill.order_id: fill for fill in fills}
        orders: list[Order] = []
        with localcontext(MONEY):
            records = way.brackets.records.tolist()
            for number, (record, end) in enumerate(zip(records, self._ends, strict=True)):
                order = Order(number, record)
                order.side = way.sides[number]
                if order.mode == Mode.CLOSE and order.side:
                    order.flags |= Flag.REDUCE_ONLY
                if way.lots[number]:
                    order.quantity = way.lots[number] * SMALLEST_LOT
                if number in filled:
                    fill = filled[number]
                    order.filled, order.value = fill.quantity, fill.price * fill.quantity
                order.end(*end)
                orders.append(order)
        return tuple(orders)

    def order_table(self, tags: Sequence[str]) -> OrderTable:
        """Return the same orders as columns."""
        way, records = self.way, self.way.brackets.records
        sizes = amounts(way.lots, LOT_DIGITS)
        filled: list[Amount] = [0.0] * len(sizes)
        averages: list[Amount | None] = [None] * len(sizes)
        prices = amounts(self.fill_prices, way.prices.digits)
        for number, price in zip(way.fills_of, prices, strict=True):
            filled[number], averages[number] = sizes[number], price
        asked = zip(sizes, way.modes, way.sizes, strict=True)
        status, reason, done = map(list, zip(*self._ends, strict=True))
        return OrderTable(
            id=list(range(len(sizes))),
            symbol=way.symbols,
            side=way.sides,
            kind=records["kind"].tolist(),
            step=records["step"].tolist(),
            size=[size or wanted(None, mode, wish) for size, mode, wish in asked],
            filled=filled,
            average_price=averages,
            limit=given(records["limit"].tolist()),
            stop=given(records["stop"].tolist()),
            trail=[None] * len(sizes),
            tif=records["tif"].tolist(),
            status=status,
            reason=reason,
            done=done,
            parent=way.parents,
            tag=[tags[place] for place in records["tag"].tolist()],
        )

    @cached_property
    def _ends(self) -> list[tuple[str, str | None, int]]:
        """How each order ended: status, reason and step."""
        way, filled = self.way, set(self.way.fills_of)
        at_end = (reasons.END_OF_DATA, len(way.market) - 1)
        ends: list[tuple[str, str | None, int]] = []
        for number, parent in enumerate(way.parents):
            if number in filled:
                ends.append((FILLED, None, way.steps[number]))
            elif number in way.refusals:
                ends.append((REJECTED, way.refusals[number], way.steps[number]))
            elif parent >= 0 and parent not in filled:
                ends.append((CANCELED, reasons.PARENT_DEAD, ends[parent][2]))
            else:
                ends.append((CANCELED, *way.ended.get(number, at_end)))
        return ends

    @cached_property
    def _round_trips(self) -> tuple[list[int], list[int], list[int]] | None:
        """Places among the fills: of entries, of their exits, and of entries without one.

        None where a round trip is more than one fill in and one out.
        """
        symbols, sides, lots = self.way.symbols, self.way.sides, self.way.lots
        opened: dict[int, tuple[int, int]] = {}
        entries, exits = [], []
        for place, number in enumerate(self.way.fills_of):
            entry = opened.pop(symbols[number], None)
            if sides[number] > 0:
                if entry is not None:
                    return None
                opened[symbols[number]] = place, lots[number]
            else:
                if entry is None or entry[1] != lots[number]:
                    return None
                entries.append(entry[0])
                exits.append(place)
        return entries, exits, [place for place, _ in opened.values()]

    @cached_property
    def _gains(self) -> list[int]:
        """What each round trip earned, in units of ``way.scale``."""
        prices, lots, costs = self.fill_prices, self.way.lots, self.way.costs
        unit, numbers = self.way.unit, self.way.fills_of
        entries, exits, _ = self._round_trips or ((), (), ())
        return [
            (prices[leave] - prices[entry]) * lots[numbers[entry]]
            - (costs[numbers[entry]] + costs[numbers[leave]]) * unit
            for entry, leave in zip(entries, exits, strict=True)
        ]

    def closed_trades(self) -> ClosedTrades | None:
        """Return the round trips by array, where each is one fill in and one out; else None."""
        if self._round_trips is None:
            return None
        entries, exits, _ = self._round_trips
        scale = self.way.scale
        units, prices = self.fill_columns
        return ClosedTrades(
            np.array([gain / scale for gain in self._gains], dtype=float),
            prices[entries] * units[entries] if entries else np.zeros(0),
            self._ts[exits] - self._ts[entries] if entries else np.zeros(0, dtype=np.int64),
        )

    def trade_table(self, marks: Sequence[float]) -> TradeTable | None:
        """Return all trades as columns, open ones last and marked, where ``closed_trades`` can."""
        if self._round_trips is None:
            return None
        entries, exits, opened = self._round_trips
        way, numbers, digits = self.way, self.way.fills_of, self.way.prices.digits
        bought, sold = [numbers[place] for place in entries], [numbers[place] for place in exits]
        paid, earned = ([self.fill_prices[place] for place in each] for each in (entries, exits))
        sizes = [way.lots[number] for number in bought]
        values = [price * lots for price, lots in zip(paid, sizes, strict=True)]
        costs = [way.costs[one] + way.costs[other] for one, other in zip(bought, sold, strict=True)]
        closed = TradeTable(
            symbol=[way.symbols[number] for number in bought],
            side=[1] * len(bought),
            size=amounts(sizes, LOT_DIGITS),
            entry_ts=[self._ts.item(place) for place in entries],
            entry_price=amounts(paid, digits),
            exit_step=[way.steps[number] for number in sold],
            exit_ts=[self._ts.item(place) for place in exits],
            exit_price=amounts(earned, digits),
            pnl=amounts(self._gains, digits + LOT_DIGITS),
            returns=[gain / value for gain, value in zip(self._gains, values, strict=True)],
            commission=amounts(costs, _COST_DIGITS),
            order_id=bought,
        )
        with localcontext(MONEY):
            pairing = Pairing()
            pairing.catch_up([self._fill(numbers[place]) for place in opened])
            still = pairing.open(marks)
        return closed.and_then(TradeTable.of(still))

    @cached_property
    def fill_columns(self) -> tuple[Floats, Floats]:
        """The fills' quantities and prices."""
        lots, unit = self.way.lots, self.way.unit
        return (
            np.array([lots[number] / 100_000_000 for number in self.way.fills_of]),
            np.array([price / unit for price in self.fill_prices]),
        )

    def slippage(self, quantities: Floats, prices: Floats) -> float:
        """Return the quote currency that fills lost to slippage."""
        if not self.way.desk.slippages:
            return 0.0
        return float((abs(prices - self.way.prices.raw[self.way.fills_of]) * quantities).sum())
