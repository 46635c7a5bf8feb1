"""Equity of in-and-out targets by array: what a position gains compounds, fill by fill.

A strategy that is either out or holds a fraction ``f`` of equity, from one fill to the next, turns
equity ``E`` at the entry into ``E * (1 - f + f * exit / entry)`` at the exit, costs included in
both prices. So a whole run is a cumulative product. It is exact but for the rounding of
quantities, and holds only where nothing but the targets decides: see ``simple_terms``. Runs of a
sweep are laid end to end and go through it together: each step has a price of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from naru.engine.config import RunConfig
from naru.engine.costs import flat_slippage, plain_rate
from naru.engine.desk import LOTS_PER_UNIT
from naru.engine.market import Feed, Floats, Ints
from naru.engine.orderlog import Mode
from naru.engine.shortlog import ShortLog

TOLERANCE = 1e-6
# Near the smallest quantity an order may be rejected, which no product knows of.
_FEWEST_UNITS = 1e-5
# A purchase is refused if more than 2 % of it cannot be paid; below that it may be made to fit.
_CLEARLY_MISSING = 0.05


@dataclass(frozen=True, slots=True)
class Account:
    """Cash, units by instrument, and how many fills made them."""

    cash: float
    units: list[float]
    fill_count: int


class Targets(NamedTuple):
    """The rows at which a run's target changes, and what it becomes."""

    rows: Ints
    values: Floats


@dataclass(frozen=True, slots=True)
class Compounded:
    """What becomes of some runs, one after the other. A stretch is what lies between two fills.

    entries, exits  rows of the fills; of a stretch that is held to the end, the number of bars
    before, after   equity right before the entry, and after the exit or else at the last close
    fraction, price of equity that is invested, and what a unit costs, commission included
    cash, units     while it is held
    firsts, lasts   places of each run's first and last stretch; every run has one
    is_open         of each run, whether its last stretch is held to the end
    """

    entries: Ints
    exits: Ints
    before: Floats
    after: Floats
    fraction: Floats
    price: Floats
    cash: Floats
    units: Floats
    firsts: Ints
    lasts: Ints
    is_open: NDArray[np.bool_]

    def fill_counts(self) -> Ints:
        """Return how many fills each run has."""
        counts: Ints = 2 * (self.lasts - self.firsts + 1) - self.is_open
        return counts

    def are_exact(self) -> NDArray[np.bool_]:
        """Tell of each run whether roundings stay far inside the tolerance.

        Less than a lot is cut off an entry. It stays in cash, and misses no more than what its
        trade gains or loses. Two commissions are rounded to what a lot is of the unit. Together
        that is a fraction of equity, then and at the end; what is tolerated is one of the largest
        equity, and of the units that are held.
        """
        firsts, lasts = self.firsts, self.lasts
        with np.errstate(all="ignore"):  # of an account that is used up
            missing = np.abs(self.after - self.before)
            missing /= self.units
            missing += 1.0
            missing /= self.before
            loss = np.add.reduceat(missing, firsts) / LOTS_PER_UNIT
            cash = loss * self.after[lasts] / np.maximum.reduceat(self.before, firsts)
            units = loss * np.minimum(self.units[lasts], 1.0) * self.is_open
            are_small = np.maximum(cash, units) < TOLERANCE / 4
        enough: NDArray[np.bool_] = np.minimum.reduceat(self.units, firsts) >= _FEWEST_UNITS
        return are_small & enough


@dataclass(frozen=True, slots=True)
class Terms:
    """Costs that are fractions: of the notional for commission, of the price for slippage."""

    commission: float
    slippage: float


def simple_terms(config: RunConfig) -> Terms | None:
    """Return the costs where targets and costs alone decide what happens; else None."""
    rate, lost = plain_rate(config.commissions()), flat_slippage(config.slippages())
    if (
        rate is None
        or lost is None
        or config.taxes
        or config.leverage != 1
        or config.volume_share is not None
        or config.fill == "same_close"
        or config.instruments
        or config.actions
        or config.funding_bps
    ):
        return None
    return Terms(float(rate), lost)


def compound_orders(feed: Feed, log: ShortLog, config: RunConfig, terms: Terms) -> Account | None:
    """Return what is left of orders that go in and out of one instrument; None for others.

    Orders that change nothing are left out here, as the book refuses them: closing what is not
    held, and buying a fraction of equity while most of it is held already.
    """
    rows, sizes = log.asked.steps, log.asked.sizes
    # Of one sort there is one on a bar. Of several, the book may take a later one first.
    if len(log.sorts) > 1 and (rows[1:] == rows[:-1]).any():
        return None
    kinds = {(sort.mode, sort.side) for sort in log.sorts}
    if kinds <= {(Mode.TARGET_PERCENT, 0)}:
        return compound_targets(feed, Targets(rows, sizes), config, terms)
    if not kinds <= {(Mode.PERCENT, 1), (Mode.CLOSE, 0)}:
        return None
    entering = np.array([sort.mode == Mode.PERCENT for sort in log.sorts]).take(log.which)
    if not (entering | (sizes == 1.0)).all():
        return None
    targets, refused = Targets(rows, sizes * entering), None
    acts = entering.copy()  # the first does if it enters, any other if it is not as the one before
    np.not_equal(entering[1:], entering[:-1], out=acts[1:])
    if not acts.all():
        again = entering & ~acts
        refused = Targets(rows[again], sizes[again])
        targets = Targets(rows[acts], targets.values[acts])
    return compound_targets(feed, targets, config, terms, refused)


def compound_targets(
    feed: Feed, targets: Targets, config: RunConfig, terms: Terms, refused: Targets | None = None
) -> Account | None:
    """Return what is left of targets that are by turns a fraction of equity and 0; None for others.

    refused  further purchases, which count on there being no cash for them
    """
    targets = that_fill(feed, targets)
    if not len(targets.rows):
        return Account(float(config.cash), [0.0], 0)
    if not go_in_and_out(targets.values):
        return None
    held = compound(feed, [targets], config, terms)
    if not held.are_exact()[0]:
        return None
    if refused is not None and not _are_refused(held, feed, refused, config):
        return None
    if held.is_open[0]:
        cash, units = held.cash.item(-1), held.units.item(-1)
        cut_off = held.price.item(-1) / LOTS_PER_UNIT  # at most, of the units; it stays in cash
        if cut_off > TOLERANCE * held.before.item(-1) / 4:
            return None
    else:
        cash, units = held.after.item(-1), 0.0
    return Account(cash, [units], held.fill_counts().item())


def _are_refused(held: Compounded, feed: Feed, purchases: Targets, config: RunConfig) -> bool:
    """Tell whether the account is far from paying for these purchases beside what it holds."""
    fills, sizes = that_fill(feed, purchases)
    if not len(fills):
        return True
    fills = fills + 1
    entry = np.searchsorted(held.entries, fills, side="right") - 1
    equity = held.cash[entry] + held.units[entry] * _prices(feed, config)[fills]
    return bool((held.cash[entry] < sizes * equity * (1 - _CLEARLY_MISSING)).all())


def that_fill(feed: Feed, targets: Targets) -> Targets:
    """Leave out what is decided at the last close: there is no bar to fill in."""
    rows, values = targets
    if len(rows) and rows[-1] + 1 >= len(feed.ts):
        return Targets(rows[:-1], values[:-1])
    return targets


def go_in_and_out(values: Floats) -> bool:
    """Tell whether targets, of which there are some, are by turns a fraction of equity and 0."""
    entering = values[::2]
    return bool(
        not np.count_nonzero(values[1::2])
        and np.minimum.reduce(entering) > 0.0
        and np.maximum.reduce(entering) <= 1.0
    )


def _prices(feed: Feed, config: RunConfig) -> Floats:
    """Return what fills go by, at the rows that they are in."""
    return feed.open if config.fill == "next_open" else feed.close


def compound(feed: Feed, runs: Sequence[Targets], config: RunConfig, terms: Terms) -> Compounded:
    """Return what becomes of targets that all go in and out, and have a bar to fill in each."""
    counts = np.array([len(run.rows) for run in runs])
    is_open = counts % 2 == 1
    ends = ((counts + 1) // 2).cumsum()
    firsts, lasts = np.append(0, ends[:-1]), ends - 1
    # A run that is in when the bars end gets an exit behind them.
    behind = np.array([len(feed.ts) - 1])
    by_turns = [part for run in runs for part in (run.rows, behind[: len(run.rows) % 2])]
    rows = np.concatenate(by_turns)
    entries, exits = rows[::2] + 1, rows[1::2] + 1
    fraction = np.concatenate([run.values[::2] for run in runs])
    prices = _prices(feed, config)
    paid = prices.take(entries)
    paid *= (1 + terms.slippage) * (1 + terms.commission)
    got = prices.take(exits, mode="clip")
    got *= (1 - terms.slippage) * (1 - terms.commission)
    got[lasts[is_open]] = feed.close[-1]  # nothing is sold, but that is what it is worth
    before, after = _equity(got / paid, fraction, float(config.cash), firsts, lasts)
    invested = before * fraction
    return Compounded(
        entries, exits, before, after, fraction, paid, before - invested, invested / paid,
        firsts, lasts, is_open,
    )  # fmt: skip


def _equity(
    growth: Floats, fraction: Floats, cash: float, firsts: Ints, lasts: Ints
) -> tuple[Floats, Floats]:
    """Return equity before and after each stretch, in which what is held grows so many times."""
    after = growth
    after -= 1.0
    after *= fraction
    after += 1.0
    after[firsts] *= cash
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        run = after[first : last + 1]
        np.multiply.accumulate(run, out=run)
    before = np.empty_like(after)
    before[1:] = after[:-1]
    before[firsts] = cash
    return before, after
