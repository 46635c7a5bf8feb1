"""Cash and positions in decimals, and the journals from which equity is drawn."""

from decimal import Context, Decimal

import numpy as np

from naru.engine.market import Floats, Market
from naru.engine.orders import Fill

# Exact for any sum of products of what the engine accepts (prices of 12 significant digits,
# quantities of 8 decimals), so that cash is never rounded but where commissions are.
MONEY = Context(prec=60)
MONEY_STEP = Decimal("1e-8")
_ZERO = Decimal(0)


class Ledger:
    """What the account holds.

    cash            quote currency; negative when borrowed
    positions       units by symbol index, negative when short
    fills           all fills so far
    commission, tax, financing, dividends   sums so far, quote currency
    """

    __slots__ = (
        "_cash_journal", "_position_journals", "cash", "cash_float", "commission", "dividends",
        "fills", "financing", "held", "market", "positions", "shorts", "splits", "tax", "units",
    )  # fmt: skip

    def __init__(self, market: Market, cash: Decimal) -> None:
        self.market = market
        self.cash = cash
        self.cash_float = float(cash)
        self.positions = [_ZERO] * len(market.feeds)
        self.units = [0.0] * len(market.feeds)  # the same as floats
        self.held: dict[int, None] = {}  # symbols with a position, oldest first
        self.shorts = 0
        self.fills: list[Fill] = []
        self.splits: list[tuple[int, int, Decimal]] = []  # (fills before it, symbol, ratio)
        self.commission = self.tax = self.financing = self.dividends = _ZERO
        self._cash_journal: list[tuple[int, float]] = []
        self._position_journals: dict[int, list[tuple[int, float]]] = {}

    def book(self, fill: Fill, notional: Decimal) -> None:
        """Exchange cash for units."""
        symbol = fill.symbol
        before = self.positions[symbol]
        if fill.side > 0:
            self.cash -= notional + fill.commission
            after = before + fill.quantity
        else:
            self.cash += notional - fill.commission
            after = before - fill.quantity
        self.fills.append(fill)
        self.cash_float = cash = float(self.cash)
        step = fill.step
        self._cash_journal.append((step, cash))
        self.set_position(step, symbol, after)

    def set_position(self, step: int, symbol: int, after: Decimal) -> None:
        """Hold ``after`` units from this step on."""
        before = self.units[symbol]
        self.positions[symbol] = after
        # A decimal takes half a microsecond to become a float, and most positions end at zero.
        self.units[symbol] = units = float(after) if after else 0.0
        if units == 0.0:
            self.held.pop(symbol, None)
        elif before == 0.0:
            self.held[symbol] = None
        self.shorts += (units < 0) - (before < 0)
        journal = self._position_journals.get(symbol)
        if journal is None:
            journal = self._position_journals[symbol] = []
        journal.append((step, units))

    def split(self, step: int, symbol: int, ratio: Decimal) -> None:
        """Turn every unit into ``ratio`` units."""
        self.splits.append((len(self.fills), symbol, ratio))
        if self.positions[symbol]:
            after = (self.positions[symbol] * ratio).quantize(MONEY_STEP)
            self.set_position(step, symbol, after)

    def pay(self, step: int, amount: Decimal) -> None:
        """Add to cash (or take from it, when negative) from this step on."""
        self.cash += amount
        self.cash_float = float(self.cash)
        self._cash_journal.append((step, self.cash_float))

    def marked(self, step: int, at_open: bool, symbol: int = -1, price: float = 0.0) -> float:
        """Return the value of all positions: ``symbol`` at ``price``, others at their marks.

        The mark is the step's open or close, or the last close where the step has no bar.
        """
        total = 0.0
        for other in self.held:
            if other == symbol:
                total += self.units[other] * price
            else:
                total += self.units[other] * self.mark(other, step, at_open)
        return total

    def gross(self, step: int, at_open: bool, without: int) -> float:
        """Return the sum of the positions' absolute values, one symbol left out."""
        return sum(
            abs(self.units[other]) * self.mark(other, step, at_open)
            for other in self.held
            if other != without
        )

    def mark(self, symbol: int, step: int, at_open: bool) -> float:
        """Return the price at which a position is valued."""
        feed = self.market.feeds[symbol]
        row = feed.newest_row(step)
        if row < 0:
            return 0.0
        if at_open and feed.row_at(step) == row:
            return feed.open.item(row)
        return feed.close.item(row)

    def cash_path(self, start: float) -> Floats:
        """Return the cash after every step."""
        return _path(self._cash_journal, len(self.market), start)

    def position_path(self, symbol: int) -> Floats:
        """Return the units held after every step."""
        return _path(self._position_journals.get(symbol, []), len(self.market), 0.0)

    def traded_symbols(self) -> list[int]:
        """Return the symbols that were ever held, by index."""
        return sorted(self._position_journals)


def _path(journal: list[tuple[int, float]], length: int, start: float) -> Floats:
    """Spread (step, value from there on) over all steps; the last entry of a step counts."""
    if not journal:
        return np.full(length, start)
    columns = np.array(journal)
    steps = columns[:, 0].astype(np.int64)
    bounds = np.concatenate(([0], steps, [length]))
    return np.repeat(np.concatenate(([start], columns[:, 1])), np.diff(bounds))
