"""Units held and what they are worth, in floats that follow from the state alone.

The sum over many symbols is the exact one, rounded once, so it has the same bits whatever was asked
before and in whatever order; only symbols whose units changed are valued anew within a step.
"""

from math import fsum

from naru.engine.market import Market


class Holdings:
    """Units by symbol.

    units  by symbol index, negative when short
    held   symbols with a position, oldest first
    """

    __slots__ = ("_seen", "_values", "held", "market", "units")

    def __init__(self, market: Market) -> None:
        self.market = market
        self.units = [0.0] * len(market.feeds)
        self.held: dict[int, None] = {}
        self._seen: tuple[int, bool] | None = None  # what ``_values`` are of: a step, its open
        self._values = [0.0] * len(market.feeds)

    def hold(self, symbol: int, units: float) -> None:
        """Hold so many units from now on."""
        before = self.units[symbol]
        self.units[symbol] = units
        if units == 0.0:
            self.held.pop(symbol, None)
        elif before == 0.0:
            self.held[symbol] = None
        if self._seen is not None:
            self._values[symbol] = units * self.mark(symbol, *self._seen) if units else 0.0

    def marked(self, step: int, at_open: bool, symbol: int = -1, price: float = 0.0) -> float:
        """Return the value of all positions: ``symbol`` at ``price``, others at their marks.

        The mark is the step's open or close, or the last close where the step has no bar.
        """
        if len(self.held) > 1:
            return fsum(self._valued(step, at_open, symbol, price))
        for only in self.held:
            return self.units[only] * (price if only == symbol else self.mark(only, step, at_open))
        return 0.0

    def gross(self, step: int, at_open: bool, without: int) -> float:
        """Return the sum of the positions' absolute values, one symbol left out."""
        if not self.held or (len(self.held) == 1 and without in self.held):
            return 0.0
        return fsum(map(abs, self._valued(step, at_open, without, 0.0)))

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

    def _valued(self, step: int, at_open: bool, symbol: int, price: float) -> list[float]:
        """Return the value of each position; one of them at a price of its own."""
        if self._seen != (step, at_open):
            self._seen = (step, at_open)
            self._values = [0.0] * len(self.units)
            for other in self.held:
                self._values[other] = self.units[other] * self.mark(other, step, at_open)
        if symbol < 0 or symbol not in self.held:
            return self._values
        value = self.units[symbol] * price
        if self._values[symbol] == value:  # at a market order's own price it is its mark
            return self._values
        values = self._values.copy()
        values[symbol] = value
        return values
