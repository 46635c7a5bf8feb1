"""Units held and what they are worth, in floats that follow from the state alone.

The sum over many symbols is the exact one, rounded once. So it has the same bits whatever was asked
before and in whatever order, although only symbols whose units changed are valued anew within a
step, and none of the others is added up again.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum

from naru.engine.market import Market

_MOST_TERMS = 24  # to add up at each question; condensing them takes three to five times as long


class _Tally:
    """The exact sum of values that are replaced one by one."""

    __slots__ = ("_terms",)

    def __init__(self, values: Iterable[float]) -> None:
        self._terms = [value for value in values if value]

    def replace(self, before: float, after: float) -> None:
        """Let one of the values be another."""
        self._terms += (-before, after)

    def total(self, *more: float) -> float:
        """Return the sum, and of ``more``, rounded once."""
        if len(self._terms) > _MOST_TERMS:
            self._condense()
        return fsum((*self._terms, *more))

    def _condense(self) -> None:
        """Write the same sum as few terms: its rounded value, what that leaves, and so on."""
        missing = list(self._terms)
        self._terms = []
        while rest := fsum(missing):
            self._terms.append(rest)
            missing.append(-rest)


class Holdings:
    """Units by symbol.

    units  by symbol index, negative when short
    held   symbols with a position, oldest first
    """

    __slots__ = ("_gross", "_net", "_seen", "_values", "held", "market", "units")

    def __init__(self, market: Market) -> None:
        self.market = market
        self.units = [0.0] * len(market.feeds)
        self.held: dict[int, None] = {}
        self._seen: tuple[int, bool] | None = None  # what ``_values`` are of: a step, its open
        self._values = [0.0] * len(market.feeds)
        self._net = _Tally(())
        self._gross: _Tally | None = None  # of absolute values, where they are asked for

    def hold(self, symbol: int, units: float) -> None:
        """Hold so many units from now on."""
        before = self.units[symbol]
        self.units[symbol] = units
        if units == 0.0:
            self.held.pop(symbol, None)
        elif before == 0.0:
            self.held[symbol] = None
        if self._seen is not None:
            value = units * self.mark(symbol, *self._seen) if units else 0.0
            known, self._values[symbol] = self._values[symbol], value
            self._net.replace(known, value)
            if self._gross is not None:
                self._gross.replace(abs(known), abs(value))

    def marked(self, step: int, at_open: bool, symbol: int = -1, price: float = 0.0) -> float:
        """Return the value of all positions: ``symbol`` at ``price``, others at their marks.

        The mark is the step's open or close, or the last close where the step has no bar.
        """
        if len(self.held) > 1:
            self._look(step, at_open)
            if symbol >= 0:
                known, value = self._values[symbol], self.units[symbol] * price
                if value != known:  # a market order's own price is its mark
                    return self._net.total(-known, value)
            return self._net.total()
        for only in self.held:
            return self.units[only] * (price if only == symbol else self.mark(only, step, at_open))
        return 0.0

    def gross(self, step: int, at_open: bool, without: int) -> float:
        """Return the sum of the positions' absolute values, one symbol left out."""
        if not self.held or (len(self.held) == 1 and without in self.held):
            return 0.0
        self._look(step, at_open)
        if self._gross is None:
            self._gross = _Tally(map(abs, self._values))
        return self._gross.total(-abs(self._values[without]))

    def mark(self, symbol: int, step: int, at_open: bool) -> float:
        """Return the price at which a position is valued."""
        feed = self.market.feeds[symbol]
        if feed.rows is None:
            return (feed.open if at_open else feed.close).item(step)
        row = feed.newest_row(step)
        if row < 0:
            return 0.0
        if at_open and feed.row_at(step) == row:
            return feed.open.item(row)
        return feed.close.item(row)

    def _look(self, step: int, at_open: bool) -> None:
        """Value all positions at a step's marks, unless that is done."""
        if self._seen == (step, at_open):
            return
        self._seen = (step, at_open)
        self._values = [0.0] * len(self.units)
        for symbol in self.held:
            self._values[symbol] = self.units[symbol] * self.mark(symbol, step, at_open)
        self._net, self._gross = _Tally(self._values), None
