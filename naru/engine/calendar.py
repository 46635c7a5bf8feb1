"""The trading day: which bars open one, which close one, and when timers are due."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from naru.bars import timeframe_ns
from naru.engine.options import as_int, as_list
from naru.errors import ConfigError, StrategyUseError

MINUTE_NS = 60_000_000_000
DAY_NS = 86_400_000_000_000
Ts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Session:
    """The hours of a venue's day, as minutes after local midnight.

    opens, closes  0 and 1440 for a venue that never closes
    offsets        (from this instant in ns, minutes ahead of UTC) in order of time, so that
                   daylight saving is data and no time-zone file is read during a run
    """

    opens: int = 0
    closes: int = 1440
    offsets: tuple[tuple[int, int], ...] = ()

    @classmethod
    def from_dict(cls, data: object) -> "Session":
        """Read ``"09:30-16:00"`` or ``{"hours": ..., "offsets": [[ns, minutes], ...]}``."""
        hours = data
        offsets: tuple[tuple[int, int], ...] = ()
        if isinstance(data, Mapping):
            if not set(data) <= {"hours", "offsets"}:
                raise ConfigError("session", "has hours and offsets, nothing else")
            hours = data.get("hours", "00:00-24:00")
            offsets = tuple(_read_offset(entry) for entry in as_list(
                "session.offsets", data.get("offsets", [])
            ))  # fmt: skip
        if list(offsets) != sorted(offsets):
            raise ConfigError("session.offsets", "must be in order of time")
        opens, closes = _read_hours(hours)
        return cls(opens, closes, offsets)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        hours = "-".join(f"{time // 60:02}:{time % 60:02}" for time in (self.opens, self.closes))
        return {"hours": hours, "offsets": [list(offset) for offset in self.offsets]}

    def local(self, ts: Ts) -> Ts:
        """Return instants moved to local time."""
        if not self.offsets:
            return ts
        starts = np.array([start for start, _ in self.offsets], dtype=np.int64)
        minutes = np.array([0, *(offset for _, offset in self.offsets)], dtype=np.int64)
        return ts + minutes[np.searchsorted(starts, ts, side="right")] * MINUTE_NS

    def local_instant(self, ts: int) -> int:
        """Return one instant moved to local time."""
        place = bisect_right(self.offsets, ts, key=itemgetter(0))
        return ts + (self.offsets[place - 1][1] * MINUTE_NS if place else 0)

    def day(self, ts: Ts) -> Ts:
        """Return the number of the local day that each instant lies in."""
        return self.local(ts) // DAY_NS

    def minute_of_close(self, ts: Ts, span: int) -> Ts:
        """Return ns between each bar's end and its day's session close (negative after it).

        ``span`` is the timeframe in ns. A bar as long as a day ends at the close.
        """
        local = self.local(ts)
        midnight = local // DAY_NS * DAY_NS
        end = np.minimum(local + span, midnight + DAY_NS)
        if span >= DAY_NS:
            return np.zeros(len(ts), dtype=np.int64)
        return midnight + self.closes * MINUTE_NS - end


def _read_hours(hours: object) -> tuple[int, int]:
    try:
        opens, closes = (
            60 * int(hour) + int(minute)
            for hour, minute in (time.split(":") for time in str(hours).split("-"))
        )
    except ValueError as error:
        raise ConfigError("session", f"must read as 09:30-16:00, not {hours!r}") from error
    if not 0 <= opens < closes <= 1440:
        raise ConfigError("session", "must open before it closes, within one day")
    return opens, closes


def _read_offset(entry: object) -> tuple[int, int]:
    if not isinstance(entry, list | tuple) or len(entry) != 2:
        raise ConfigError("session.offsets", "must be a list of [ns, minutes]")
    start = as_int("session.offsets", entry[0], -(2**62), 2**62)
    return start, as_int("session.offsets", entry[1], -1440, 1440)


def timer_steps(every: str, ts: Ts, span: int, session: Session) -> Ts:
    """Return the steps at whose close a timer is due.

    every   a timeframe ("1h": the bar that ends at or past a whole hour of local time),
            "at_open" (the day's first bar of the session), or "before_close:5m" (the first bar
            that ends no more than so long before the session's close)
    Raises ``StrategyUseError`` for anything else. Only past and present bars decide.
    """
    local = session.local(ts)
    if every == "at_open" or every.startswith("before_close"):
        day, minute = np.divmod(local, DAY_NS)
        inside = (minute >= session.opens * MINUTE_NS) & (minute < session.closes * MINUTE_NS)
        if span >= DAY_NS:
            inside = np.ones(len(ts), dtype=bool)
        elif every != "at_open":
            head, _, before = every.partition(":")
            if head != "before_close":
                raise StrategyUseError(f"{every!r} is no timer")
            inside &= session.minute_of_close(ts, span) <= _length(before)
        return _first_of_each(inside, day)
    length = _length(every)
    bucket = (local + span) // length
    before_first = np.where((local[:1] + span) % length == 0, bucket[:1] - 1, bucket[:1])
    return np.flatnonzero(np.diff(bucket, prepend=before_first) > 0)


def _first_of_each(inside: NDArray[np.bool_], day: Ts) -> Ts:
    """Return the first place of each day at which the condition holds."""
    places = np.flatnonzero(inside)
    if len(places) == 0:
        return places
    days = day[places]
    first: Ts = places[np.diff(days, prepend=days[0] - 1) != 0]
    return first


def _length(text: str) -> int:
    try:
        return timeframe_ns(text)
    except ValueError as error:
        raise StrategyUseError(
            f'{text!r} is no timer; write "1h", "at_open" or "before_close:5m"'
        ) from error
