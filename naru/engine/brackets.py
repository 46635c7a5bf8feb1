"""Where the stop-losses and take-profits of a log's entries are met, for all entries at once.

An entry that is bought at an open has its bracket from that open on. Which bar ends it, and at
what price, depends on the bars alone; whether the entry is filled at all is another question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from naru.engine.config import RunConfig
from naru.engine.market import Feed, Floats, Ints
from naru.engine.orderlog import Flag, Kind, Mode, has_stop_loss

_BLOCK, _LARGEST_TABLE = 64, 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Brackets:
    """A log's orders with those that come with them, numbered as the book numbers them.

    records   one for each order
    asked     the numbers of the orders that the log itself names
    steps, prices   where and at what each order fills, if it does: of bracket orders the step is
              the end of data where they are not met, or their sibling is met before
    rests     whether a limit brings it about, so that nothing slips
    sibling   the other order of a bracket, -1 without one
    ambiguous  whether both orders of a bracket are met inside that bar
    """

    records: NDArray[np.void]
    asked: Ints
    steps: Ints
    prices: Floats
    rests: NDArray[np.bool_]
    sibling: Ints
    ambiguous: NDArray[np.bool_]


def is_on_wrong_side(side: Any, entry: Any, loss: Any, gain: Any) -> Any:
    """Tell whether a stop-loss or a take-profit would be met by the entry's own price.

    Of floats, or of arrays of them; NaN for what is not given.
    """
    return ((loss - entry) * side >= 0) | ((gain - entry) * side <= 0)


def with_brackets(
    feeds: list[Feed], config: RunConfig, records: NDArray[np.void], steps: Ints, prices: Floats
) -> Brackets:
    """Give each record the orders that come with it.

    steps, prices   where each record fills; brackets need one feed, and fills at the next open
    """
    has_stop, has_profit = has_stop_loss(records), ~np.isnan(records["tp"])
    used = 1 + has_stop + has_profit
    asked = np.cumsum(used) - used
    count = int(used.sum())
    nowhere = len(feeds[0].ts)
    found = Brackets(
        records if count == len(records) else records[np.repeat(np.arange(len(records)), used)],
        asked,
        np.full(count, nowhere, dtype=np.int64),
        np.ones(count),
        np.zeros(count, dtype=np.bool_),
        np.full(count, -1, dtype=np.int64),
        np.zeros(count, dtype=np.bool_),
    )
    found.steps[asked], found.prices[asked] = steps, prices
    if count == len(records):
        return found
    stops, profits = asked + 1, asked + has_stop + 1
    _spell(found.records, asked[has_stop], stops[has_stop], "sl", "stop", Kind.STOP)
    _spell(found.records, asked[has_profit], profits[has_profit], "tp", "limit", Kind.LIMIT)
    both = has_stop & has_profit
    found.sibling[stops[both]], found.sibling[profits[both]] = profits[both], stops[both]
    begun = np.flatnonzero((has_stop | has_profit) & (steps < nowhere))
    _end(found, feeds[0], config, steps[begun], stops[begun], profits[begun], asked[begun])
    return found


def _spell(
    records: NDArray[np.void], entries: Ints, numbers: Ints, given: str, price: str, kind: int
) -> None:
    """Write the rows of stop-losses or take-profits, as the book would place them."""
    rows = records[numbers]
    level = rows[given].copy()
    rows["kind"], rows["mode"], rows["size"] = kind, Mode.UNITS, 0.0
    rows["flags"], rows["side"] = Flag.REDUCE_ONLY, -rows["side"]
    rows["parent"] = entries
    rows["sl"] = rows["tp"] = np.nan
    rows[price] = level
    records[numbers] = rows


def _end(
    found: Brackets, feed: Feed, config: RunConfig, begins: Ints, stops: Ints, profits: Ints,
    entries: Ints,
) -> None:  # fmt: skip
    """Note which order of each bracket is met first, and how."""
    loss = found.records["sl"][entries]
    gain = found.records["tp"][entries]
    beyond = np.nextafter(gain, np.inf) if config.limit_fill == "through" else gain
    steps = _first_touches(feed.low, feed.high, begins, loss, beyond)
    met = steps < len(feed.ts)
    steps, loss, gain, beyond, stops, profits = (
        each[met] for each in (steps, loss, gain, beyond, stops, profits)
    )
    opened = feed.open[steps]
    stopped, gained = feed.low[steps] <= loss, feed.high[steps] >= beyond
    inside = (opened > loss) | np.isnan(loss)
    inside &= (opened <= gain) | np.isnan(gain)
    by_stop = np.where(inside, stopped, opened <= loss)
    if config.intrabar != "pessimistic":
        by_stop &= ~(inside & gained)
    number = np.where(by_stop, stops, profits)
    found.steps[number] = steps
    found.prices[number] = np.where(inside, np.where(by_stop, loss, gain), opened)
    found.rests[number] = ~by_stop
    found.ambiguous[number] = inside & stopped & gained


def _first_touches(low: Floats, high: Floats, begins: Ints, loss: Floats, gain: Floats) -> Ints:
    """Return the first bar, from where each begins, that reaches one of its levels.

    Their number where none does. Bars are looked at in blocks, and blocks in blocks of blocks:
    levels that are met late, or never, would cost all bars until then, once for each entry.
    """
    count = len(low)
    touches = _within_block(low, high, begins, loss, gain)
    starts = np.arange(0, count, _BLOCK)
    waiting = np.flatnonzero((touches == count) & (begins // _BLOCK + 1 < len(starts)))
    if not len(waiting):
        return touches
    loss, gain = loss[waiting], gain[waiting]
    least, most = np.fmin.reduceat(low, starts), np.fmax.reduceat(high, starts)
    blocks = _first_touches(least, most, begins[waiting] // _BLOCK + 1, loss, gain)
    met = blocks < len(starts)
    touches[waiting[met]] = _within_block(low, high, blocks[met] * _BLOCK, loss[met], gain[met])
    return touches


def _within_block(low: Floats, high: Floats, begins: Ints, loss: Floats, gain: Floats) -> Ints:
    """Return the same for as many bars as a block has: at least the rest of the one begun in."""
    count = len(low)
    touches = np.full(len(begins), count, dtype=np.int64)
    for start in range(0, len(begins), _LARGEST_TABLE // _BLOCK):
        part = slice(start, start + _LARGEST_TABLE // _BLOCK)
        rows = np.minimum(begins[part, None] + np.arange(_BLOCK), count - 1)
        hit = (low[rows] <= loss[part, None]) | (high[rows] >= gain[part, None])
        first = hit.argmax(axis=1)
        is_met = hit[np.arange(len(first)), first]
        touches[part][is_met] = (begins[part] + first)[is_met]
    return touches
