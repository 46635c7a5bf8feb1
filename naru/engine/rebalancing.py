"""What becomes of targets of many instruments that share cash, computed in floats.

The rules are the book's (``Rounds.auction``, ``Desk``), for the case in which nothing but targets
and proportional costs decides: long positions only, market orders at the next open, every
instrument with a bar at every step. Only the bars in which something is asked are gone through,
by array where all that is held is set anew each time (``weights``), order by order else. What
differs from the book is the rounding of decimals. Where a decision could hang on that, there is no
answer.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from operator import mul

import numpy as np

from naru.engine.compounding import TOLERANCE, Account, Terms
from naru.engine.config import RunConfig
from naru.engine.desk import LOTS_PER_UNIT, MARGIN_SLACK, SLACK
from naru.engine.market import Floats, Ints, Market
from naru.engine.shortlog import Asked
from naru.engine.weights import Holding, hold_weights

_FEWEST_LOTS = 1000  # below, an order may be refused as too small
_HOPELESS = 0.02  # the book refuses a purchase of which more than this fraction is missing
_ROUNDING = 1e-9  # what may be missing by rounding alone, as a fraction of the purchase
_LOTS = LOTS_PER_UNIT * (1 + SLACK)
_NEAR = 1e-6  # two floats this close may be the other way round in decimals
_MOST_MISSING = TOLERANCE / 4  # by rounding, as a fraction of equity


class UndecidedError(Exception):
    """The outcome hangs on the last digits, which only the book knows."""


@dataclass(frozen=True, slots=True, eq=False)
class Wishes:
    """The targets that meet a bar, in order.

    rows            the bars in which they fill, each once
    opens           prices there, by instrument and row
    step            of each wish, which of the rows it is
    symbols, sizes  of each wish: the instrument, and the fraction of equity
    """

    rows: Ints
    opens: Floats
    step: Ints
    symbols: Ints
    sizes: Floats


def rebalance(market: Market, wanted: Asked, config: RunConfig, terms: Terms) -> Account | None:
    """Return the account at the end; None where the book must be asked."""
    wishes = find_wishes(market, wanted, config)
    if wishes is None:
        return None
    holding = hold_targets(wishes, config, terms)
    if holding is not None:
        return Account(float(holding.cash[-1]), holding.units[:, -1].tolist(), holding.fill_count)
    return _order_by_order(wishes, config, terms)


def find_wishes(market: Market, wanted: Asked, config: RunConfig) -> Wishes | None:
    """Return targets as what they meet; None where other rules than those here decide."""
    if (
        config.fill != "next_open"
        or (wanted.sizes < 0).any()
        or any(feed.rows is not None for feed in market.feeds)
    ):
        return None
    step, symbols, sizes = wanted.until(len(market) - 1)
    begins = np.empty(len(step), dtype=np.bool_)
    begins[:1] = True
    np.not_equal(step[1:], step[:-1], out=begins[1:])
    rows = step[begins] + 1
    if "open" in market.tables:
        opens = market.tables["open"].take(rows, axis=1)
    else:
        opens = np.array([feed.open.take(rows) for feed in market.feeds])
    return Wishes(rows, opens, np.cumsum(begins) - 1, symbols, sizes)


def hold_targets(wishes: Wishes, config: RunConfig, terms: Terms) -> Holding | None:
    """Return what is held after each step's targets, by array; None where that is not known."""
    places = wishes.step * len(wishes.opens) + wishes.symbols
    if not len(places) or (places[1:] <= places[:-1]).any():
        return None
    in_order = np.full(wishes.opens.size, np.nan)
    in_order[places] = wishes.sizes
    targets = np.ascontiguousarray(in_order.reshape(wishes.opens.shape[::-1]).T)
    return hold_weights(wishes.rows, wishes.opens, targets, float(config.cash), terms)


def _order_by_order(wishes: Wishes, config: RunConfig, terms: Terms) -> Account | None:
    """Go through the orders of each row; None where the outcome hangs on the last digits."""
    symbols, sizes = wishes.symbols.tolist(), wishes.sizes.tolist()
    bounds = np.searchsorted(wishes.step, np.arange(len(wishes.rows) + 1)).tolist()
    # All commissions are rounded, and a lot of each instrument may be the other way.
    missing = (len(sizes) + wishes.opens.sum(axis=0).max(initial=0.0)) / LOTS_PER_UNIT
    least = float(missing / _MOST_MISSING)
    cash, units, fill_count = float(config.cash), [0.0] * len(wishes.opens), 0
    try:
        for prices, (start, stop) in zip(wishes.opens.T.tolist(), pairwise(bounds), strict=True):
            asked = zip(symbols[start:stop], sizes[start:stop], strict=True)
            cash, filled = _auction(cash, units, prices, asked, terms, least)
            fill_count += filled
    except UndecidedError:
        return None
    return Account(cash, units, fill_count)


def _auction(
    cash: float, units: list[float], prices: list[float], wishes: Iterable[tuple[int, float]],
    terms: Terms, least: float,
) -> tuple[float, int]:  # fmt: skip
    """Fill one step's targets: first those that make a position smaller, then as asked.

    least  equity for which roundings do not count

    Returns the cash and the number of fills; units are changed in place.
    """
    buying = (1 + terms.slippage) * (1 + terms.commission)
    selling = (1 - terms.slippage) * (1 + terms.commission)  # of what a budget is worth
    proceeds = (1 - terms.slippage) * (1 - terms.commission)
    value = sum(map(mul, units, prices))
    equity = cash + value
    if equity < least:
        raise UndecidedError
    reducing: list[tuple[int, float]] = []
    others: list[tuple[int, float]] = []
    for wish in wishes:
        symbol, size = wish
        (reducing if size * equity < units[symbol] * prices[symbol] else others).append(wish)
    fill_count = 0
    for symbol, size in reducing + others:
        raw, held = prices[symbol], units[symbol]
        budget, worth = size * (cash + value), held * raw
        change = budget / (raw * (buying if budget > worth else selling)) - held
        lots = int(abs(change) * _LOTS)
        if lots < _FEWEST_LOTS:
            if change == 0.0:
                continue
            raise UndecidedError
        quantity = lots / LOTS_PER_UNIT
        if change < 0:
            quantity = min(quantity, held) if size else held  # no target crosses zero by a rounding
            units[symbol] = held - quantity
            cash += quantity * raw * proceeds
            value -= quantity * raw
        else:
            unit = raw * buying
            if quantity * unit > cash:
                quantity = _fitted(quantity, unit, budget - worth, cash)
                if not quantity:
                    continue
            units[symbol] = held + quantity
            cash -= quantity * unit
            value += quantity * raw
        fill_count += 1
    return cash, fill_count


def _fitted(quantity: float, unit: float, budget: float, cash: float) -> float:
    """Return what cash pays for of a purchase that lacks some of it, 0 if the book refuses it."""
    missing = quantity * unit - cash
    if cash <= 0 or _is_refused(missing, quantity * unit, budget, cash):
        return 0.0
    quantity -= max(math.ceil(missing / unit * LOTS_PER_UNIT), 1) / LOTS_PER_UNIT
    if quantity * LOTS_PER_UNIT < _FEWEST_LOTS:
        raise UndecidedError
    return quantity


def _is_refused(missing: float, due: float, budget: float, cash: float) -> bool:
    """Tell whether a purchase that lacks cash is refused, or made to fit as only costs are missing.

    Raises UndecidedError at the edges.
    """
    part = missing / due
    if abs(part - _HOPELESS) < _HOPELESS / 100:  # the book compares with the notional
        raise UndecidedError
    if part > _HOPELESS:
        return True
    short = budget / cash - MARGIN_SLACK
    if part > _ROUNDING / 10 and abs(short) < _NEAR:
        raise UndecidedError
    if part < 10 * _ROUNDING and short > 0:
        raise UndecidedError
    return part > _ROUNDING and short > 0
