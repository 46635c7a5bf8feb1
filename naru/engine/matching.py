"""When an order meets a bar: at its open, inside it, or not before a later one."""

from typing import NamedTuple

import numpy as np

from naru.engine.market import Feed
from naru.engine.orderlog import Flag, Kind
from naru.engine.orders import Order

_FIRST_CHUNK, _LARGEST_CHUNK = 256, 16_384  # fewer rows take NumPy no less time


class Bar(NamedTuple):
    """The prices of one bar."""

    open: float
    high: float
    low: float
    close: float


class Touch(NamedTuple):
    """A price at which an order meets a bar.

    price    before slippage
    maker    whether it rested there as a limit order
    certain  whether the order was alive when the price came by
    """

    price: float
    maker: bool
    certain: bool


def at_open(order: Order, price: float) -> Touch | None:
    """Return how an order meets the open, or None. Whether a limit has waited is not asked."""
    buys = order.side > 0
    rests = not order.is_stop or order.triggered
    if not rests:
        level = order.trigger_level()
        if price < level if buys else price > level:
            return None
    if order.is_stop and order.kind != Kind.STOP_LIMIT:
        return Touch(price, False, True)  # now, or before: the rest of what was too much for a bar
    order.triggered = order.is_stop
    if price < order.limit if buys else price > order.limit:
        return Touch(price, rests, True)
    return None


def inside(order: Order, bar: Bar, step: int, through: bool) -> Touch | None:
    """Return how an order that did not meet the open meets the rest of the bar, or None."""
    buys = order.side > 0
    if order.is_stop and not order.triggered:
        level = order.trigger_level()
        if bar.high < level if buys else bar.low > level:
            return None
        if order.kind != Kind.STOP_LIMIT:
            return Touch(level, False, _certain(order, level, bar, step, rising=buys, beyond=False))
        return _stop_limit(order, level, bar, step, through)
    limit = order.limit
    reached = bar.low < limit if buys else bar.high > limit
    if not reached and not through:
        reached = bar.low == limit if buys else bar.high == limit
    if not reached:
        return None
    certain = _certain(order, limit, bar, step, rising=not buys, beyond=through)
    return Touch(limit, True, certain)


def _stop_limit(order: Order, level: float, bar: Bar, step: int, through: bool) -> Touch | None:
    """Trigger a stop-limit order, and fill it at once if its limit allows the stop price.

    A limit that the stop price already passed needs a price coming back; inside the same bar
    only the close is known to come after the trigger.
    """
    buys = order.side > 0
    if level <= order.limit if buys else level >= order.limit:
        return Touch(level, False, True)
    back = bar.close < order.limit if buys else bar.close > order.limit
    if back or (not through and bar.close == order.limit):
        return Touch(order.limit, True, True)
    order.triggered = True
    order.seen = step
    return None


def _certain(
    order: Order, level: float, bar: Bar, step: int, *, rising: bool, beyond: bool
) -> bool:
    """Tell whether the price surely came by after the order came alive.

    It did if the order was there at the open, if the price was already moving that way, or if it
    stands at the level at the close; beyond it, where no less will do.
    """
    if order.born != step or order.born_move == 0:
        return True
    if order.born_move == (1 if rising else -1):
        return True
    if bar.close == level:
        return not beyond
    return (bar.close > level) is rising


def first_touch(orders: list[Order], feed: Feed, row: int, stop: int) -> int:
    """Return the first row in [row, stop) in which any of the orders may meet the bar, or stop.

    All orders belong to the feed. Trailing stops are followed bar by bar, others are levels that
    the lows and highs are searched for.
    """
    falls, rises = -np.inf, np.inf
    trailing: list[Order] = []
    for order in orders:
        if order.triggered and order.kind != Kind.STOP_LIMIT:
            return row
        if order.kind == Kind.TRAIL:
            if order.reference != order.reference:
                return row  # there was no bar yet to trail from
            follow(order, feed, row)
            trailing.append(order)
            continue
        resting = order.kind == Kind.LIMIT or order.triggered
        level = order.limit if resting else order.stop
        if resting == (order.side > 0):
            falls = max(falls, level)
        else:
            rises = min(rises, level)
    chunk = _FIRST_CHUNK
    references = [order.reference for order in trailing]
    while row < stop:
        end = min(row + chunk, stop)
        low, high = feed.low[row:end], feed.high[row:end]
        hit = low <= falls
        hit |= high >= rises
        for place, order in enumerate(trailing):
            levels, references[place] = _trail(order, references[place], low, high)
            hit |= (low <= levels) if order.side < 0 else (high >= levels)
        first = int(hit.argmax())
        if hit[first]:
            return row + first
        row, chunk = end, min(chunk * 4, _LARGEST_CHUNK)
    return stop


def follow(order: Order, feed: Feed, upto: int) -> None:
    """Move a trailing stop's reference over the bars before row ``upto``."""
    if order.since >= upto:
        return
    if order.side < 0:
        order.reference = max(order.reference, float(feed.high[order.since : upto].max()))
    else:
        order.reference = min(order.reference, float(feed.low[order.since : upto].min()))
    order.since = upto


def _trail(
    order: Order, reference: float, low: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    high: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> tuple["np.ndarray[tuple[int], np.dtype[np.float64]]", float]:  # fmt: skip
    """Return the stop levels during each bar, and the reference after the last."""
    extremes = np.empty(len(low) + 1)
    extremes[0] = reference
    extremes[1:] = high if order.side < 0 else low
    best = (np.maximum if order.side < 0 else np.minimum).accumulate(extremes)
    if order.flags & Flag.TRAIL_FRACTION:
        levels = best[:-1] * (1 + order.side * order.trail)
    else:
        levels = best[:-1] + order.side * order.trail
    return levels, float(best[-1])
