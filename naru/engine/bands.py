"""Daily price limits: how far a price may move from the last session's close."""

import math

import numpy as np

from naru.engine.calendar import DAY_NS, Session
from naru.engine.instruments import CorporateAction, Instrument
from naru.engine.market import Feed, Ints

_HAIR = 1e-9  # floats that stand for the same price


class Bands:
    """The price limits of one run's instruments."""

    def __init__(self, session: Session, actions: tuple[CorporateAction, ...] = ()) -> None:
        self.session = session
        self.splits = [action for action in actions if action.split != 1]
        self._days: dict[str, tuple[Ints, Ints]] = {}

    def around(self, feed: Feed, instrument: Instrument, row: int) -> tuple[float, float] | None:
        """Return the least and the greatest price of the session that ``row`` lies in.

        None where no limit holds, or no session is known before it.
        """
        if instrument.price_limit is None:
            return None
        before = row - 1 if feed.span >= DAY_NS else self._first_of_day(feed, row) - 1
        if before < 0:
            return None
        base, reach = self._base(feed, before, row), float(instrument.price_limit)
        return base * (1 - reach - _HAIR), base * (1 + reach + _HAIR)

    def is_outside(self, feed: Feed, instrument: Instrument, row: int, price: float) -> bool:
        """Tell whether a price lies where those of the session after ``row`` cannot be."""
        # A daily bar's session is over at its close, so its own close is what the next one obeys.
        band = self.around(feed, instrument, row + (feed.span >= DAY_NS))
        return band is not None and (price < band[0] or price > band[1])

    def _base(self, feed: Feed, before: int, row: int) -> float:
        """Return the last session's close, in the units of ``row`` if a split lies between."""
        base = feed.close.item(before)
        if self.splits and row < len(feed.ts):
            first, last = feed.ts.item(before), feed.ts.item(row)
            for action in self.splits:
                if action.symbol == feed.symbol and first < action.ts <= last:
                    base /= float(action.split)
        return base

    def is_locked(self, feed: Feed, instrument: Instrument, row: int, side: int) -> bool:
        """Tell whether a bar stands at its limit all along, so that one side finds nobody."""
        band = self.around(feed, instrument, row)
        if band is None or not side or feed.high.item(row) != feed.low.item(row):
            return False
        price = feed.close.item(row)
        low, high = band
        # The limit itself is the last price on the tick that lies within the band.
        if side > 0:
            tick = float(instrument.tick_at(price) or 0)
            return price + tick > high or price >= high * (1 - 4 * _HAIR)
        tick = float(instrument.tick_at(math.nextafter(price, 0.0)) or 0)
        return price - tick < low or price <= low * (1 + 4 * _HAIR)

    def _first_of_day(self, feed: Feed, row: int) -> int:
        ts, days = self._days.get(feed.symbol, (None, None))
        if days is None or ts is not feed.ts:
            days = self.session.day(feed.ts)
            self._days[feed.symbol] = (feed.ts, days)
        return int(np.searchsorted(days, days[row]))
