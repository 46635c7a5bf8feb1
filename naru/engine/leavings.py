"""What a short way through a log left behind: fills, orders and trades, once they are asked for."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

import numpy as np

from naru.engine import orders as reasons
from naru.engine.instruments import SMALLEST_LOT
from naru.engine.ledger import MONEY, MONEY_STEP
from naru.engine.market import Floats
from naru.engine.orderlog import Flag, Mode
from naru.engine.orders import CANCELED, FILLED, REJECTED, Fill, Order
from naru.engine.plain import LOT_DIGITS
from naru.engine.trades import ClosedTrades

if TYPE_CHECKING:
    from naru.engine.straight import Straight


class Leavings:
    """Reads what a way wrote down.

    cash       at the end
    positions  units at the end by symbol index
    """

    def __init__(self, way: Straight) -> None:
        self.way = way
        self.cash = Decimal(way.cash).scaleb(-way.prices.digits - LOT_DIGITS)
        self.positions = [lots * SMALLEST_LOT for lots in way.positions]

    def fill_prices(self) -> list[int]:
        """Return the price of each fill, slippage applied, in units of its last decimal."""
        sides, bought, sold = self.way.sides, self.way.prices.bought, self.way.prices.sold
        return [(bought if sides[number] > 0 else sold)[number] for number in self.way.fills_of]

    def fills(self) -> tuple[Fill, ...]:
        """Return the fills, in the decimals that the desk would have written."""
        way = self.way
        market, rests = way.market, way.brackets.rests
        fills = []
        with localcontext(MONEY):
            for number in way.fills_of:
                step, side, raw = way.steps[number], way.sides[number], way.raw[number]
                maker = rests.item(number)
                lost = 0.0 if maker else way.lost
                price = Decimal(f"{raw * (1 + side * lost) if lost else raw:.12g}")
                quantity = way.lots[number] * SMALLEST_LOT
                cost = way.costs[number] * MONEY_STEP
                if not cost:
                    cost = price * quantity * way.exact_rate
                    cost = cost.quantize(MONEY_STEP) if cost else cost
                fills.append(
                    Fill(step, market.ts.item(step), way.symbols[number], side, quantity, price,
                         cost, number, raw, maker)
                )  # fmt: skip
        return tuple(fills)

    def orders(self, fills: tuple[Fill, ...]) -> tuple[Order, ...]:
        """Return all orders, as the book would have left them."""
        way = self.way
        filled = {fill.order_id: fill for fill in fills}
        orders: list[Order] = []
        with localcontext(MONEY):
            for number, record in enumerate(way.brackets.records.tolist()):
                order = Order(number, record)
                order.side = way.sides[number]
                if order.mode == Mode.CLOSE and order.side:
                    order.flags |= Flag.REDUCE_ONLY
                if way.lots[number]:
                    order.quantity = way.lots[number] * SMALLEST_LOT
                if number in filled:
                    fill = filled[number]
                    order.filled, order.value = fill.quantity, fill.price * fill.quantity
                    order.end(FILLED, None, fill.step)
                else:
                    order.end(*self._end_of(order, orders))
                orders.append(order)
        return tuple(orders)

    def _end_of(self, order: Order, before: list[Order]) -> tuple[str, str, int]:
        """Return how an order ended that was not filled: status, reason and step."""
        way = self.way
        if order.id in way.refusals:
            return REJECTED, way.refusals[order.id], way.steps[order.id]
        if order.parent >= 0 and not before[order.parent].filled:
            return CANCELED, reasons.PARENT_DEAD, before[order.parent].done
        return CANCELED, *way.ended.get(order.id, (reasons.END_OF_DATA, len(way.market) - 1))

    def closed_trades(self) -> ClosedTrades | None:
        """Return the round trips by array, where each is one fill in and one out; else None."""
        prices, lots, costs = self.fill_prices(), self.way.lots, self.way.costs
        opened: dict[int, int] = {}
        pairs = []
        for place, number in enumerate(self.way.fills_of):
            entry = opened.pop(self.way.symbols[number], None)
            if self.way.sides[number] > 0:
                if entry is not None:
                    return None
                opened[self.way.symbols[number]] = place
            else:
                if entry is None or lots[self.way.fills_of[entry]] != lots[number]:
                    return None
                pairs.append((entry, place))
        unit, scale, numbers = self.way.unit, self.way.scale, self.way.fills_of
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
        ts = (
            self.way.market.ts[[self.way.steps[number] for number in numbers]] if numbers else exits
        )
        notional = values[entries] * amounts[entries]
        return ClosedTrades(np.array(pnl, dtype=float), notional, ts[exits] - ts[entries])

    def fill_columns(self) -> tuple[Floats, Floats]:
        """Return the fills' quantities and prices."""
        lots = np.array([self.way.lots[number] / 100_000_000 for number in self.way.fills_of])
        prices = np.array([price / self.way.unit for price in self.fill_prices()])
        return lots, prices

    def slippage(self, quantities: Floats, prices: Floats) -> float:
        """Return the quote currency that fills lost to slippage."""
        if not self.way.desk.slippages:
            return 0.0
        return float((abs(prices - self.way.prices.raw[self.way.fills_of]) * quantities).sum())
