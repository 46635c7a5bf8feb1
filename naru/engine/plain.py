"""Whether a log of orders can be replayed by arithmetic alone, and the prices it then meets."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from naru.engine.brackets import Brackets, is_on_wrong_side, with_brackets
from naru.engine.config import RunConfig
from naru.engine.desk import Desk
from naru.engine.market import Feed, Floats, Market
from naru.engine.orderlog import Action, At, Flag, Kind, Mode, OrderLog, Tif, has_stop_loss

LOT_DIGITS = 8
_MOST_DIGITS = 17  # of what is computed in int64
_PRICE_DIGITS = 12
# Scaled by a power of ten, a price is off by less than this; nearer to a tie its text is asked.
_DOUBT = 1e-3


def is_plain_run(market: Market, config: RunConfig, desk: Desk) -> bool:
    rate = desk.plain_rate
    return (
        rate is not None
        and decimals(rate) <= _MOST_DIGITS
        and desk.flat_slippage is not None
        and config.leverage == 1
        and config.volume_share is None
        and not config.instruments
        and not config.actions
        and not config.funding_bps
        and decimals(config.cash) <= _MOST_DIGITS
        and all(feed.rows is None for feed in market.feeds)
    )


def is_plain_log(log: OrderLog, config: RunConfig, feeds: list[Feed]) -> bool:
    """Tell whether a log asks for market orders alone, or buys that bring fixed brackets along."""
    records = log.records
    plain = (
        (records["action"] == Action.PLACE)
        & (records["kind"] == Kind.MARKET)
        & (records["mode"] != Mode.FREE)
        & (records["tif"] == Tif.GTC)
        & (records["at"] == At.ANY)
        & (records["flags"] == Flag.NONE)
        & (records["parent"] == -1)
        & (records["oco"] == -1)
        & np.isnan(records["trail"])
        & (records["size"] >= 0)
    )
    bracketed = has_stop_loss(records) | ~np.isnan(records["tp"])
    if not bracketed.any():
        return bool(plain.all())
    known = config.fill == "next_open" and len(feeds) == 1 and feeds[0].finer is None
    if not known or not bool((plain & (~bracketed | (records["side"] == 1))).all()):
        return False
    entry = feeds[0].close[records["step"]]
    return not is_on_wrong_side(records["side"], entry, records["sl"], records["tp"]).any()


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """What each order of a log may be filled at.

    digits     decimals that the integers have
    raw        before slippage, quote currency
    bought, sold   after it, as integers
    """

    digits: int
    raw: Floats
    bought: list[int]
    sold: list[int]


def plain_orders(market: Market, config: RunConfig, log: OrderLog) -> Brackets:
    """Return all orders of a log with the bars and prices that they meet.

    Those that meet no bar get a price of 1.
    """
    steps = log.records["step"] + (config.fill != "same_close")
    meets = steps < len(market)
    raw = np.ones(len(steps))
    for place, feed in enumerate(market.feeds):
        mine = meets & (log.records["symbol"] == place)
        raw[mine] = (feed.open if config.fill == "next_open" else feed.close)[steps[mine]]
    return with_brackets(market.feeds, config, log.records, steps, raw)


def prices_of(orders: Brackets, config: RunConfig, desk: Desk) -> Prices | None:
    """Return the prices of orders after slippage; None where they have no common integers."""
    raw, lost = orders.prices, desk.flat_slippage
    both = raw
    if lost:
        each = np.where(orders.rests, 0.0, lost)
        both = np.concatenate([raw * (1 + each), raw * (1 - each)])
    read = whole_prices(both)
    if read is None:
        return None
    digits, numbers = read
    least = max(decimals(config.cash) - LOT_DIGITS, 0)
    if least > digits:
        numbers, digits = [number * 10 ** (least - digits) for number in numbers], least
    half = len(numbers) if not lost else len(raw)
    return Prices(digits, raw, numbers[:half], numbers[-half:])


def whole_prices(prices: Floats) -> tuple[int, list[int]] | None:
    """Return prices, each rounded to 12 significant digits, as integers of one common scale.

    The first value is how many decimals they have: as few as they need. The rounding is that of
    ``f"{price:.12g}"``. None for prices that have no such form in 64 bits.
    """
    if not len(prices) or not (np.isfinite(prices) & (prices > 0)).all():
        return None
    shift = _PRICE_DIGITS - 1 - np.floor(np.log10(prices)).astype(np.int64)
    if shift.min() < 0 or shift.max() > 22:  # powers of ten that float64 has exactly
        return None
    scaled = prices * 10.0**shift
    shift += (scaled < 10 ** (_PRICE_DIGITS - 1)).astype(np.int64)
    shift -= scaled >= 10**_PRICE_DIGITS
    if shift.min() < 0 or shift.max() > 22:
        return None
    scaled = prices * 10.0**shift
    numbers = np.rint(scaled).astype(np.int64)
    for place in np.flatnonzero(abs(scaled - np.floor(scaled) - 0.5) < _DOUBT):
        text = Decimal(f"{prices[place]:.{_PRICE_DIGITS}g}")
        numbers[place] = int(text.scaleb(int(shift[place])))
    digits = int(shift.max())
    while digits and not (numbers[shift == digits] % 10).any():
        at_last = shift == digits
        numbers[at_last] //= 10
        shift[at_last] -= 1
        digits -= 1
    if float((numbers * 10.0 ** (digits - shift)).max()) >= 10.0**_MOST_DIGITS:
        return None
    return digits, (numbers * 10 ** (digits - shift)).tolist()


def decimals(number: Decimal) -> int:
    """Return how many digits a number has after its point."""
    return max(-int(number.as_tuple().exponent), 0)
