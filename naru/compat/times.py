"""Instants as ported strategies expect them: what pandas calls a Timestamp, without pandas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Self

from naru.errors import StrategyUseError
from naru.series import Handle, Series

_NS_PER_US = 1_000
_US, _DAY = timedelta(microseconds=1), timedelta(days=1)


class Timestamp(datetime):
    """A ``datetime`` in UTC that, like the index of most data frames, names no time zone.

    It has what pandas adds to a datetime: ``dayofweek``, ``quarter``, ``normalize()`` and so on.
    """

    __slots__ = ()

    @classmethod
    def of(cls, ts: int) -> Self:
        """Return the instant of ns since the epoch, to the microsecond."""
        return cls(1970, 1, 1) + ts // _NS_PER_US * _US

    @property
    def value(self) -> int:
        """Nanoseconds since the epoch."""
        return (self - type(self).of(0)) // _US * _NS_PER_US

    @property
    def dayofweek(self) -> int:
        """0 on Mondays."""
        return self.weekday()

    day_of_week = dayofweek

    @property
    def dayofyear(self) -> int:
        """1 on the first of January."""
        return self.timetuple().tm_yday

    day_of_year = dayofyear

    @property
    def week(self) -> int:
        """The week of the year by ISO 8601."""
        return self.isocalendar().week

    weekofyear = week

    @property
    def quarter(self) -> int:
        """1 to 4."""
        return (self.month + 2) // 3

    @property
    def is_month_start(self) -> bool:
        """Whether it is a month's first day."""
        return self.day == 1

    @property
    def is_month_end(self) -> bool:
        """Whether it is a month's last day."""
        return (self + _DAY).month != self.month

    def day_name(self) -> str:
        """Return ``Monday`` and so on."""
        return self.strftime("%A")

    def month_name(self) -> str:
        """Return ``January`` and so on."""
        return self.strftime("%B")

    def normalize(self) -> Self:
        """Return the midnight that its day begins with."""
        return self.replace(hour=0, minute=0, second=0, microsecond=0)

    def to_pydatetime(self) -> datetime:
        """Return it as a plain datetime."""
        return datetime.fromisoformat(self.isoformat())

    # Of a datetime without a zone these two would ask what zone the machine is in.

    def timestamp(self) -> float:
        """Return seconds since the epoch."""
        return self.replace(tzinfo=UTC).to_pydatetime().timestamp()

    def astimezone(self, tz: tzinfo | None = None) -> Any:
        """Return the same instant in a time zone."""
        aware = self if self.tzinfo is not None else self.replace(tzinfo=UTC)
        return datetime.astimezone(aware, UTC if tz is None else tz)


class Index(Handle):
    """The times of the bars known so far: ``index[-1]`` is the newest bar's open."""

    __slots__ = ("_ts_",)

    def __init__(self, ts: Series) -> None:
        self._ts_ = ts

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [Timestamp.of(ts) for ts in self._ts_[place].tolist()]
        ts = self._ts_[place]
        if type(ts) is not int:
            raise StrategyUseError("there is no bar so long ago")
        return Timestamp.of(ts)

    def __len__(self) -> int:
        return len(self._ts_)

    def __iter__(self) -> Iterator[Timestamp]:
        return map(Timestamp.of, self._ts_)

    def __repr__(self) -> str:
        return f"<index: {len(self)} bars known>"
