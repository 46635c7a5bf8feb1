"""Prices on an instrument's ticks, on the side that asks for no worse a deal."""

import math
from decimal import Decimal

from naru.engine.instruments import Instrument
from naru.engine.orderlog import Record

# Floats that stand for the same number of ticks.
HAIR = 1e-6


def is_off_tick(instrument: Instrument, price: float) -> bool:
    """Tell whether a price, if there is one, lies between two ticks."""
    tick = instrument.tick_at(price) if price == price else None  # noqa: PLR0124 - not NaN
    if tick is None:
        return False
    ticks = price / float(tick)
    return abs(ticks - round(ticks)) > HAIR


def on_tick(instrument: Instrument, price: float, *, up: bool) -> float:
    """Return the next price on the tick, up or down; one that lies on it, and NaN, stay."""
    if not is_off_tick(instrument, price):
        return price
    tick = instrument.tick_at(price)
    assert tick is not None  # noqa: S101 - it lies off it
    ticks = price / float(tick)
    return float(max(Decimal(math.ceil(ticks) if up else math.floor(ticks)), Decimal(1)) * tick)


def rounded(instrument: Instrument, record: Record) -> Record:
    """Return an order's record with all its prices on the tick.

    Limits are rounded so that they fill at no worse a price, stops so that they trigger no sooner.
    """
    buys, (limit, stop, trail, sl, tp) = record[7] > 0, record[15:20]
    prices = (
        on_tick(instrument, limit, up=not buys),
        on_tick(instrument, stop, up=buys),
        trail,
        on_tick(instrument, sl, up=not buys),
        on_tick(instrument, tp, up=buys),
    )
    return (*record[:15], *prices, record[20])
