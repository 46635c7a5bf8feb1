"""What becomes of targets of many instruments that share cash, computed in floats.

The rules are the book's (``Rounds.auction``, ``Desk``), for the case in which nothing but targets
and proportional costs decides: long positions only, market orders at the next open, every
instrument with a bar at every step. Only the bars in which something is asked are gone through,
and what differs from the book is the rounding of decimals. Where a decision could hang on that,
there is no answer.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from operator import mul

import numpy as np
from numpy.typing import NDArray

from naru.engine.compounding import Terms
from naru.engine.config import RunConfig
from naru.engine.desk import LOTS_PER_UNIT, MARGIN_SLACK, SLACK
from naru.engine.market import Market
from naru.engine.orderlog import Mode

_FEWEST_LOTS = 1000  # below, an order may be refused as too small
_HOPELESS = 0.02  # the book refuses a purchase of which more than this fraction is missing
_ROUNDING = 1e-9  # what may be missing by rounding alone, as a fraction of the purchase
_LOTS = LOTS_PER_UNIT * (1 + SLACK)
_NEAR = 1e-6  # two floats this close may be the other way round in decimals


class UndecidedError(Exception):
    """The outcome hangs on the last digits, which only the book knows."""


@dataclass(frozen=True, slots=True)
class Account:
    """Cash, units by instrument, and how many fills made them."""

    cash: float
    units: list[float]
    fill_count: int


def rebalance(
    market: Market, records: NDArray[np.void], config: RunConfig, terms: Terms
) -> Account | None:
    """Return the account at the end; None where the book must be asked.

    records  of the order log, in order
    """
    if (
        config.fill != "next_open"
        or (records["mode"] != Mode.TARGET_PERCENT).any()
        or (records["size"] < 0).any()
        or any(feed.rows is not None for feed in market.feeds)
    ):
        return None
    records = records[records["step"] + 1 < len(market)]
    steps, first = np.unique(records["step"], return_index=True)
    opens = np.stack([feed.open[steps + 1] for feed in market.feeds], axis=1).tolist()
    symbols, sizes = records["symbol"].tolist(), records["size"].tolist()
    bounds = [*first.tolist(), len(records)]
    cash, units, fill_count = float(config.cash), [0.0] * len(market.feeds), 0
    try:
        for prices, start, stop in zip(opens, bounds[:-1], bounds[1:], strict=True):
            wishes = zip(symbols[start:stop], sizes[start:stop], strict=True)
            cash, filled = _auction(cash, units, prices, wishes, terms)
            fill_count += filled
    except UndecidedError:
        return None
    return Account(cash, units, fill_count)


def _auction(
    cash: float, units: list[float], prices: list[float], wishes: Iterable[tuple[int, float]],
    terms: Terms,
) -> tuple[float, int]:  # fmt: skip
    """Fill one step's targets: first those that make a position smaller, then as asked.

    Returns the cash and the number of fills; units are changed in place.
    """
    buying = (1 + terms.slippage) * (1 + terms.commission)
    selling = (1 - terms.slippage) * (1 + terms.commission)  # of what a budget is worth
    proceeds = (1 - terms.slippage) * (1 - terms.commission)
    value = sum(map(mul, units, prices))
    equity = cash + value
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
