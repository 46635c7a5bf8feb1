"""Equity of in-and-out targets by array: what a position gains compounds, fill by fill.

A strategy that is either out or holds a fraction ``f`` of equity, from one fill to the next, turns
equity ``E`` at the entry into ``E * (1 - f + f * exit / entry)`` at the exit, costs included in
both prices. So a whole run is a cumulative product. It is exact but for the rounding of
quantities, and holds only where nothing but the targets decides: see ``simple_terms``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from naru.engine.config import RunConfig
from naru.engine.desk import LOTS_PER_UNIT, Desk
from naru.engine.ledger import Ledger
from naru.engine.market import Feed, Floats, Ints, Market
from naru.engine.orderlog import Mode

TOLERANCE = 1e-6
# Near the smallest quantity an order may be rejected, which no product knows of.
_FEWEST_UNITS = 1e-5
# A purchase is refused if more than 2 % of it cannot be paid; below that it may be made to fit.
_CLEARLY_MISSING = 0.05


@dataclass(frozen=True, slots=True)
class Compounded:
    """What becomes of a row of targets.

    entries, exits   the rows of fills, an exit for every entry but perhaps the last
    cash, units      at the end
    before           equity right before each entry
    fraction         the target of each entry
    entry_price      what a unit costs at each entry, commission included
    """

    entries: Ints
    exits: Ints
    cash: float
    units: float
    before: Floats
    fraction: Floats
    entry_price: Floats

    @property
    def fill_count(self) -> int:
        """How many fills there are."""
        return len(self.entries) + len(self.exits)


@dataclass(frozen=True, slots=True)
class Terms:
    """Costs that are fractions: of the notional for commission, of the price for slippage."""

    commission: float
    slippage: float


def simple_terms(market: Market, config: RunConfig) -> Terms | None:
    """Return the costs where targets and costs alone decide what happens; else None."""
    desk = Desk(market, Ledger(market, config.cash), config)
    if (
        desk.plain_rate is None
        or desk.flat_slippage is None
        or config.leverage != 1
        or config.volume_share is not None
        or config.fill == "same_close"
        or config.instruments
        or config.actions
        or config.funding_bps
    ):
        return None
    return Terms(float(desk.plain_rate), desk.flat_slippage)


def compound_orders(
    feed: Feed, records: NDArray[np.void], config: RunConfig, terms: Terms
) -> Compounded | None:
    """Return what becomes of orders that go in and out of one instrument; None for others.

    Orders that change nothing are left out here, as the book refuses them: closing what is not
    held, and buying a fraction of equity while most of it is held already.
    """
    # Copied out once: records are long, and each reading of a field goes through all of them.
    mode, rows, size = (records[name].copy() for name in ("mode", "step", "size"))
    if (mode == Mode.TARGET_PERCENT).all():
        return compound(feed, rows, size, config, terms)
    entering = (mode == Mode.PERCENT) & (records["side"] == 1)
    closing = (mode == Mode.CLOSE) & (size == 1.0)
    if not (entering | closing).all() or (rows[1:] == rows[:-1]).any():
        return None
    again = ~np.diff(entering, prepend=False)  # of bools: where they differ from the one before
    wanted = np.where(entering, size, 0.0)
    result = compound(feed, rows[~again], wanted[~again], config, terms)
    if result is None or not _are_refused(
        result, feed, rows[again & entering], size[again & entering], config
    ):
        return None
    return result


def _are_refused(
    held: Compounded, feed: Feed, rows: Ints, sizes: Floats, config: RunConfig
) -> bool:
    """Tell whether the account is far from paying for these purchases beside what it holds."""
    waiting = rows + 1 < len(feed.ts)
    fills, sizes = rows[waiting] + 1, sizes[waiting]
    if not len(fills):
        return True
    prices = (feed.open if config.fill == "next_open" else feed.close)[fills]
    entry = np.searchsorted(held.entries, fills, side="right") - 1
    cash = held.before[entry] * (1 - held.fraction[entry])
    equity = cash + held.before[entry] * held.fraction[entry] / held.entry_price[entry] * prices
    return bool((cash < sizes * equity * (1 - _CLEARLY_MISSING)).all())


def compound(
    feed: Feed, rows: Ints, targets: Floats, config: RunConfig, terms: Terms
) -> Compounded | None:
    """Return what becomes of targets that change at ``rows``; None where they do not alternate.

    rows, targets   as ``vectorized.changes`` returns them
    """
    if len(rows) and rows[-1] + 1 >= len(feed.ts):
        rows, targets = rows[:-1], targets[:-1]  # decided at the last close: no bar to fill in
    fills, entering = rows + 1, targets[::2]
    if targets[1::2].any() or (len(entering) and not 0 < entering.min() <= entering.max() <= 1):
        return None
    prices = (feed.open if config.fill == "next_open" else feed.close).take(fills)
    rate, lost = terms.commission, terms.slippage
    paid = prices[::2] * ((1 + lost) * (1 + rate))
    got = prices[1::2] * ((1 - lost) * (1 - rate))
    equity = np.empty(len(got) + 1)
    equity[0], gains = float(config.cash), equity[1:]
    np.divide(got, paid[: len(got)], out=gains)
    gains -= 1.0
    gains *= entering[: len(got)]
    gains += 1.0
    np.multiply.accumulate(equity, out=equity)
    before = equity[: len(paid)]
    if not _rounds_harmlessly(before * entering / paid, paid, got, float(equity.max())):
        return None
    cash, units = float(equity[-1]), 0.0
    if len(paid) > len(got):
        units = float(before[-1] * entering[-1] / paid[-1])
        cash = float(before[-1] * (1 - entering[-1]))
    return Compounded(fills[::2], fills[1::2], cash, units, before, entering, paid)


def _rounds_harmlessly(units: Floats, paid: Floats, got: Floats, largest: float) -> bool:
    """Tell whether rounding quantities down to whole lots stays far inside the tolerance.

    What is cut off an entry, less than a lot, stays in cash, and misses no more than what its
    trade gains or loses.
    """
    if not len(units):
        return True
    if units.min() < _FEWEST_UNITS:
        return False
    misses = float(np.abs(got - paid[: len(got)]).sum()) / LOTS_PER_UNIT
    return misses < TOLERANCE * largest / 4
