"""Cash and positions in decimals, and the journals from which equity is drawn."""

from collections.abc import Sequence
from decimal import Context, Decimal

import numpy as np

from naru.engine.holdings import Holdings
from naru.engine.market import Floats, Ints, Market
from naru.engine.orders import Fill

# Exact for any sum of products of what the engine accepts (prices of 12 significant digits,
# quantities of 8 decimals), so that cash is never rounded but where commissions are.
MONEY = Context(prec=60)
MONEY_STEP = Decimal("1e-8")
_ZERO = Decimal(0)


class Ledger(Holdings):
    """What the account holds.

    cash            quote currency; negative when borrowed
    positions       units by symbol index, negative when short
    fills           all fills so far
    tax, borrow, interest, funding   paid so far, quote currency; ``dividends``: received
    """

    __slots__ = (
        "_cash_journal", "_position_journals", "borrow", "cash", "cash_float", "dividends",
        "fills", "funding", "interest", "positions", "shorts", "splits", "tax",
    )  # fmt: skip

    def __init__(self, market: Market, cash: Decimal) -> None:
        super().__init__(market)
        self.cash = cash
        self.cash_float = float(cash)
        self.positions = [_ZERO] * len(market.feeds)
        self.shorts = 0
        self.fills: list[Fill] = []
        self.splits: list[tuple[int, int, Decimal]] = []  # (fills before it, symbol, ratio)
        self.tax = self.borrow = self.interest = self.funding = self.dividends = _ZERO
        self._cash_journal = Journal()
        self._position_journals: dict[int, Journal] = {}

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
        self._cash_journal.note(step, cash)
        self.set_position(step, symbol, after)

    def set_position(self, step: int, symbol: int, after: Decimal) -> None:
        """Hold ``after`` units from this step on."""
        before = self.units[symbol]
        self.positions[symbol] = after
        # A decimal takes half a microsecond to become a float, and most positions end at zero.
        units = float(after) if after else 0.0
        self.hold(symbol, units)
        self.shorts += (units < 0) - (before < 0)
        journal = self._position_journals.get(symbol)
        if journal is None:
            journal = self._position_journals[symbol] = Journal()
        journal.note(step, units)

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
        self._cash_journal.note(step, self.cash_float)

    def cash_path(self, start: float) -> Floats:
        """Return the cash after every step."""
        return self._cash_journal.path(len(self.market), start)

    def position_paths(self) -> dict[int, Floats]:
        """Return the units held after every step, by the symbols that were ever held."""
        return {
            symbol: self._position_journals[symbol].path(len(self.market), 0.0)
            for symbol in sorted(self._position_journals)
        }


class Journal:
    """A value that changes at some steps.

    steps, values   where it changed, in order, and what it became; of one step the last counts
    """

    __slots__ = ("steps", "values")

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.values: list[float] = []

    def note(self, step: int, value: float) -> None:
        """Let it be ``value`` from this step on."""
        self.steps.append(step)
        self.values.append(value)

    def path(self, length: int, start: float) -> Floats:
        """Return its value after every step; ``start`` before the first change."""
        return path_of(np.array(self.steps, dtype=np.int64), self.values, length, start)


def path_of(steps: Ints, values: Sequence[float] | Floats, length: int, start: float) -> Floats:
    """Return the value after every step of what became ``values`` at some; of one the last counts.

    It is ``start`` before the first change.
    """
    spans = np.diff(steps, prepend=0, append=length)
    return np.repeat(np.concatenate(([start], values)), spans)
