"""Targets of all instruments that are held, set anew together: the whole run as one matrix.

Right after such targets are filled, what is held is a share of equity that does not depend on what
was held before, but for the costs of getting there. So shares, turnover and costs are rows of a
matrix, one for each bar in which something is asked; what they mean for each other (costs lower
the equity that later orders of the row are a share of) is iterated, and each turn leaves a
fraction of the error that is as small as costs are. Equity is the product of the rows' growths.

Rounding to lots is left out, so all of this is only used where it cannot matter: see ``_is_safe``.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from naru.engine.compounding import TOLERANCE, Terms
from naru.engine.desk import LOTS_PER_UNIT
from naru.engine.market import Floats, Ints

_MOST_TURNS = 12
_SETTLED = 1e-12  # between turns, as a share of equity: far less than ``_NEAR``
_NEAR = 1e-11  # what rounding of prices to twelve digits takes from a share at most
_FEWEST_LOTS = 100  # below, an order might come to none at all
_LEAST_CASH = 1e-6  # share of equity; below, a purchase may have to be made to fit


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held after each row of targets.

    rows        the bars in which they fill
    cash        after each row, quote currency
    units       by instrument, after each row
    fill_count  of all rows
    """

    rows: Ints
    cash: Floats
    units: Floats
    fill_count: int

    def equity(self, closes: Floats, cash: float) -> Floats:
        """Return equity at the closes (instruments by bars), beginning with ``cash``."""
        spans = np.diff(self.rows, append=closes.shape[1])
        first = int(self.rows[0])
        path = np.full(closes.shape[1], cash)
        values = np.repeat(self.units, spans, axis=1)
        values *= closes[:, first:]
        path[first:] = values.sum(axis=0)
        path[first:] += np.repeat(self.cash, spans)
        return path


class _Shares(NamedTuple):
    """Shares of the equity at each row's start, by instrument and row.

    held      before the row
    wanted    what the targets come to, costs taken off
    budget    the targets, of the equity that is left when it is their turn
    cash      after the row, by row
    growth    equity at the next row's start over equity at this one's, by row but the last
    """

    held: Floats
    wanted: Floats
    budget: Floats
    cash: Floats
    growth: Floats


def hold_weights(
    rows: Ints, prices: Floats, targets: Floats, cash: float, terms: Terms
) -> Holding | None:
    """Return what becomes of targets >= 0; None where rounding might decide.

    rows             the bars in which they fill
    prices, targets  by instrument and row; a NaN asks for nothing
    """
    wanted = _without_gaps(targets)
    shares = None if wanted is None else _settle(prices, wanted, terms)
    if wanted is None or shares is None:
        return None
    equity = cash * np.cumprod(np.concatenate(([1.0], shares.growth)))
    traded = (wanted > 0) | (shares.held > 0)
    if not _is_safe(shares, wanted, traded, prices / equity, 1 / equity):
        return None
    units = shares.wanted * equity / prices
    return Holding(rows, equity * shares.cash, units, int(np.count_nonzero(traded)))


def _without_gaps(targets: Floats) -> Floats | None:
    """Return targets with 0 where nothing is asked; None if something is held there."""
    gaps = np.isnan(targets)
    if not gaps.any():
        return targets
    filled = np.where(gaps, 0.0, targets)
    if (gaps[:, 1:] & (filled[:, :-1] != 0.0)).any():
        return None
    return filled


def _settle(prices: Floats, targets: Floats, terms: Terms) -> _Shares | None:
    """Iterate until nothing changes; None if that does not happen."""
    buying = (1 + terms.slippage) * (1 + terms.commission)
    selling = (1 - terms.slippage) * (1 + terms.commission)  # of what a budget is worth
    lost = 1 - (1 - terms.slippage) * (1 - terms.commission)
    rises = prices[:, 1:] / prices[:, :-1]
    wanted, held, spent = targets / buying, np.zeros_like(targets), np.zeros(targets.shape[1])
    count = len(targets)
    queue = np.empty((2 * count, targets.shape[1]))
    for _ in range(_MOST_TURNS):
        cash = 1.0 - spent - wanted.sum(axis=0)
        grown = wanted[:, :-1] * rises
        growth = cash[:-1] + grown.sum(axis=0)
        np.divide(grown, growth, out=held[:, 1:])
        change = wanted - held
        costs = np.maximum(change * (buying - 1), change * -lost)
        # What makes a position smaller comes first, the rest after it, each in order.
        is_less = targets < held
        np.multiply(costs, is_less, out=queue[:count])
        np.subtract(costs, queue[:count], out=queue[count:])
        paid = np.cumsum(queue, axis=0)
        due, paid = paid[-1], paid - queue
        budget = targets * (1.0 - np.where(is_less, paid[:count], paid[count:]))
        settled = budget / np.where(budget > held, buying, selling)
        off = max(float(np.abs(settled - wanted).max()), float(np.abs(due - spent).max()))
        if off < _SETTLED:
            return _Shares(held, wanted, budget, cash, growth)
        wanted, spent = settled, due
    return None


def _is_safe(
    shares: _Shares, targets: Floats, traded: NDArray[np.bool_], prices: Floats, money: Floats
) -> bool:
    """Tell whether no decision hangs on a rounding, and roundings stay far inside the tolerance.

    prices, money  what a unit costs and what one of the quote currency is, over equity
    """
    held, budget = shares.held, shares.budget
    change = shares.wanted - held
    is_less = targets < held
    # A lot of each instrument and a step of money may be missing: two shares that are closer may
    # be the other way round in decimals.
    step = (prices.sum(axis=0) + money * len(prices)) / LOTS_PER_UNIT
    is_near = np.minimum(np.abs(targets - held), np.abs(budget - held)) < _NEAR + 2 * step
    few = np.abs(change) * LOTS_PER_UNIT < _FEWEST_LOTS * prices
    if (traded & (is_near | few | (is_less & (change > 0)))).any() or not (shares.growth > 0).all():
        return False
    # The order in which a row's later sales and purchases come is not looked at.
    late_sales = -np.where(is_less, 0.0, np.minimum(change, 0.0)).sum(axis=0)
    if not (shares.cash - late_sales > _LEAST_CASH).all():
        return False
    # Less than a lot is missing from each order, and gains or loses what its price does; as much
    # of the quote currency, or less, is rounded off its commission.
    return 2 * float(step.sum()) < TOLERANCE / 4
