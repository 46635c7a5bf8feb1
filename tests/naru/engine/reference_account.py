"""The simulator's money: what an account holds, pays, owes and can carry, in decimals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import numpy as np

from naru.bars import Bars

CENT = Decimal("1e-8")
MINUTE_NS = 60_000_000_000
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS
ZERO = Decimal(0)
BPS = Decimal(10_000)


class Refused(Exception):
    """Why an order is not filled."""


@dataclass
class Account:
    """Cash and units, and the bars that say what they are worth.

    steps  the instants at which any instrument has a bar
    """

    series: Mapping[str, Bars]
    options: Mapping[str, Any]
    cash: Decimal = Decimal(10_000)
    units: dict[str, Decimal] = field(default_factory=dict)
    steps: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.units = dict.fromkeys(self.series, ZERO)
        self.steps = sorted({ts for bars in self.series.values() for ts in bars.ts.tolist()})

    def option(self, name: str, default: Any = 0) -> Any:
        return self.options.get(name, default)

    # Prices

    def row(self, symbol: str, step: int) -> int | None:
        """Return the row of an instrument's bar at a step."""
        bars = self.series[symbol]
        row = int(np.searchsorted(bars.ts, self.steps[step]))
        return row if row < len(bars) and bars.ts[row] == self.steps[step] else None

    def newest(self, symbol: str, step: int) -> float | None:
        """Return the newest close that is known at a step."""
        bars = self.series[symbol]
        row = int(np.searchsorted(bars.ts, self.steps[step], side="right")) - 1
        return float(bars.close[row]) if row >= 0 else None

    def mark(self, symbol: str, step: int, at_open: bool) -> Decimal:
        """Return what a unit is worth: at the open of a step, or its close."""
        row = self.row(symbol, step)
        if at_open and row is not None:
            return Decimal(float(self.series[symbol].open[row]))
        return Decimal(self.newest(symbol, step) or 0.0)

    def local(self, step: int) -> int:
        """Return a step's instant in the session's time."""
        session = self.option("session", None)
        return self.steps[step] + (0 if session is None else session["offsets"][0][1] * MINUTE_NS)

    def day(self, step: int) -> int:
        return self.local(step) // DAY_NS

    # What trading costs, and what it takes

    def price(
        self, step: int, side: int, raw: float, quantity: Decimal, slips: bool, rests: bool
    ) -> tuple[Decimal, Decimal]:
        """Return what a unit costs in the end, and what is paid for the trade itself."""
        paid = self.slipped(raw, side if slips else 0)
        return paid, self.costs(step, side, paid, quantity, rests).quantize(CENT)

    def slipped(self, raw: float, side: int) -> Decimal:
        """Return a price that has moved against who buys (1) or sells (-1)."""
        fraction = float(self.option("slippage_bps")) / 10_000
        price = Decimal(f"{raw * (1 + side * fraction):.12g}")
        tick = Decimal(self.rule("tick", "0"))
        if not side or not tick:
            return price
        return (price / tick).to_integral_value(ROUND_CEILING if side > 0 else ROUND_FLOOR) * tick

    def rule(self, name: str, default: Any) -> Any:
        """Return a trading rule, the same for all instruments."""
        return self.option("instruments", {}).get("*", {}).get(name, default)

    def costs(
        self, step: int, way: int, paid: Decimal, quantity: Decimal, rests: bool,
        minimums: bool = True,
    ) -> Decimal:  # fmt: skip
        """Return commissions and taxes of a trade; ``way`` is the side that is taxed."""
        notional = paid * quantity
        due = notional * Decimal(repr(self.option("commission_bps"))) / BPS
        for part in self.option("commission", ()):
            if part["kind"] == "bps":
                rate = Decimal(part["maker_bps"] if rests else part["bps"]) / BPS
                due += max(notional * rate, Decimal(part["minimum"]) * minimums)
            else:
                per_unit = Decimal(repr(part["per_unit"]))
                due += max(quantity * per_unit, Decimal(part["minimum"]) * minimums)
        for tax in self.option("taxes", ()):
            if way < 0:
                known = [bps for first, bps in tax["rates"] if _day(first) <= self.day(step)]
                due += notional * Decimal(known[-1] if known else 0) / BPS
        return due

    def worth(self, symbol: str, step: int, raw: float, at_open: bool) -> Decimal:
        """Return what all is worth, the instrument itself at the price of its fill."""
        return self.cash + sum(
            units * (Decimal(raw) if name == symbol else self.mark(name, step, at_open))
            for name, units in self.units.items()
        )

    def equity(self, symbol: str, step: int, raw: float, at_open: bool) -> Decimal:
        """Return the same, of which there must be some."""
        equity = self.worth(symbol, step, raw, at_open)
        if equity <= 0:
            raise Refused("no_equity")
        return equity

    def affordable(self, step: int, way: int, paid: Decimal, budget: Decimal) -> Decimal:
        """Return the most units that cost no more than the budget, all included."""
        least, most = 0, int(budget / paid / CENT) + 1
        while most - least > 1:
            middle = (least + most) // 2
            units = middle * CENT
            cost = units * paid + self.costs(step, way, paid, units, False)
            least, most = (middle, most) if cost <= budget else (least, middle)
        return least * CENT

    def aim(self, symbol: str, step: int, raw: float, at_open: bool, fraction: Decimal) -> Decimal:
        """Return the position that a part of equity buys from nothing, at this trade's price."""
        equity, units = self.equity(symbol, step, raw, at_open), self.units[symbol]
        way = 1 if fraction > 0 else -1
        if fraction * units < 0:  # it pays for its closing first
            equity -= abs(units) * abs(self.slipped(raw, 1) - Decimal(raw))
            equity -= self.costs(step, way, Decimal(raw), abs(units), False, minimums=False)
        side = 1 if fraction * equity > units * Decimal(raw) else -1
        budget = abs(fraction) * max(equity, ZERO)
        return way * self.affordable(step, way, self.slipped(raw, side), budget)

    def check(
        self, symbol: str, step: int, side: int, quantity: Decimal, paid: Decimal, due: Decimal,
        at_open: bool,
    ) -> None:  # fmt: skip
        """Refuse what makes a position larger than the account carries."""
        before = self.units[symbol]
        after = before + side * quantity
        if abs(after) <= abs(before) and after * before >= 0:
            return
        if after < 0 and not self.option("allow_short", True):
            raise Refused("short_not_allowed")
        cash = self.cash - side * quantity * paid - due
        worth = {
            name: units * (paid if name == symbol else self.mark(name, step, at_open))
            for name, units in (self.units | {symbol: after}).items()
            if units
        }
        leverage = Decimal(self.option("leverage", 1))
        if leverage == 1 and after > 0:
            owes = sum(abs(value) for value in worth.values() if value < 0)
            if cash < 2 * owes:
                raise Refused("insufficient_cash")
        else:
            gross = sum(abs(value) for value in worth.values())
            equity = cash + sum(worth.values())
            if gross > leverage * equity * Decimal("1.000000001"):
                raise Refused("insufficient_margin")

    def trade(self, symbol: str, side: int, quantity: Decimal, paid: Decimal, due: Decimal) -> None:
        self.units[symbol] += side * quantity
        self.cash -= side * quantity * paid + due

    # What happens by itself

    def finance(self, step: int) -> None:
        """Take what holding and owing have cost since the step before."""
        if step == 0:
            return
        days = self.day(step) - self.day(step - 1)
        worth = {name: units * self.mark(name, step - 1, False)
                 for name, units in self.units.items()}  # fmt: skip
        lent = sum((-value for value in worth.values() if value < 0), ZERO)
        owed = max(-self.cash, ZERO)
        for amount, name in ((owed, "debit_bps"), (lent, "borrow_bps")):
            rate = Decimal(self.option(name)) / BPS
            self.cash -= (amount * rate * days / 365).quantize(CENT)
        span = int(self.option("funding_hours", 8)) * HOUR_NS
        spans = self.steps[step] // span - self.steps[step - 1] // span
        rate = Decimal(self.option("funding_bps")) / BPS
        self.cash -= (sum(worth.values(), ZERO) * rate * spans).quantize(CENT)

    def is_called(self, step: int) -> bool:
        """Tell whether the close before left too little for what is held on margin."""
        if step == 0 or (self.cash >= 0 and min(self.units.values()) >= 0):
            return False
        worth = [units * self.mark(name, step - 1, False) for name, units in self.units.items()]
        equity, gross = self.cash + sum(worth), sum(map(abs, worth))
        return equity <= Decimal(self.option("maintenance")) * gross

    def actions(self, step: int) -> Sequence[tuple[str, Decimal]]:
        """Pay the dividends that are due before a step's bars; return the splits."""
        splits = []
        for action in sorted(self.option("actions", ()), key=lambda each: each["ts"]):
            name, instant = action["symbol"], action["ts"]
            row = self.row(name, step)
            if row is None or self.steps[step] < instant:
                continue
            if row and self.series[name].ts[row - 1] >= instant:
                continue  # that was before an earlier bar
            self.cash += self.units[name] * Decimal(repr(action.get("dividend", 0)))
            if "split" in action:
                ratio = Decimal(repr(action["split"]))
                self.units[name] *= ratio
                splits.append((name, ratio))
        return splits


def _day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days
