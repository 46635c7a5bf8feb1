"""``calendar`` and ``zoneinfo``: the zones of the markets, read before the wall goes up.

From the package ``tzdata``, whose version the lock pins: machines' own databases differ.
"""

from __future__ import annotations

import calendar
import pathlib
import zoneinfo
from typing import NoReturn, Self, cast

import tzdata  # type: ignore[import-untyped]

from logic_service.sandbox.policy.facades.frozen import Facade, pick

_CALENDAR = """FRIDAY MONDAY SATURDAY SUNDAY THURSDAY TUESDAY WEDNESDAY isleap leapdays
monthcalendar monthrange timegm weekday"""
_CALENDAR_NAMES = "day_abbr day_name month_abbr month_name"
_ZONES = """
Africa/Cairo Africa/Casablanca Africa/Johannesburg Africa/Lagos Africa/Nairobi
America/Argentina/Buenos_Aires America/Bogota America/Chicago America/Denver America/Halifax
America/Lima America/Los_Angeles America/Mexico_City America/New_York America/Santiago
America/Sao_Paulo America/Toronto America/Vancouver
Asia/Almaty Asia/Bahrain Asia/Bangkok Asia/Colombo Asia/Dhaka Asia/Dubai Asia/Ho_Chi_Minh
Asia/Hong_Kong Asia/Jakarta Asia/Jerusalem Asia/Karachi Asia/Kathmandu Asia/Kolkata
Asia/Kuala_Lumpur Asia/Kuwait Asia/Manila Asia/Qatar Asia/Riyadh Asia/Seoul Asia/Shanghai
Asia/Singapore Asia/Taipei Asia/Tokyo
Australia/Brisbane Australia/Melbourne Australia/Perth Australia/Sydney
CET EET EST EST5EDT Etc/GMT Etc/UTC GMT HST MST MST7MDT PST8PDT UTC WET
Europe/Amsterdam Europe/Athens Europe/Belgrade Europe/Berlin Europe/Brussels Europe/Bucharest
Europe/Budapest Europe/Copenhagen Europe/Dublin Europe/Helsinki Europe/Istanbul Europe/Kiev
Europe/Kyiv Europe/Lisbon Europe/London Europe/Luxembourg Europe/Madrid Europe/Moscow
Europe/Oslo Europe/Paris Europe/Prague Europe/Rome Europe/Sofia Europe/Stockholm Europe/Vienna
Europe/Vilnius Europe/Warsaw Europe/Zagreb Europe/Zurich
Pacific/Auckland Pacific/Honolulu US/Central US/Eastern US/Mountain US/Pacific
"""
_RULES = pathlib.Path(tzdata.__file__).parent / "zoneinfo"
_zones: dict[str, ZoneInfo] = {}


class ZoneInfo(zoneinfo.ZoneInfo):
    """``zoneinfo.ZoneInfo`` of the markets. Raises ZoneInfoNotFoundError for other zones."""

    def __new__(cls, key: str) -> Self:
        """Return the zone, which is made once."""
        if type(key) is str and key in _zones:
            return cast("Self", _zones[key])  # there are no subclasses
        known = ", ".join(_zones)
        raise zoneinfo.ZoneInfoNotFoundError(f"no zone {key!r} in strategies; there are {known}")

    def __init_subclass__(cls, **_: object) -> NoReturn:
        raise TypeError("ZoneInfo cannot be a base class")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"zoneinfo.ZoneInfo(key={self.key!r})"


ZoneInfo.__module__ = "zoneinfo"


def day_facades() -> dict[str, Facade]:
    """Return the facades by module name."""
    for key in _ZONES.split():
        with open(_RULES / key, "rb") as rules:
            _zones[key] = ZoneInfo.from_file(rules, key=key)
    # The module's own names of days and months are objects with doors; texts have none.
    named = {name: tuple(getattr(calendar, name)) for name in _CALENDAR_NAMES.split()}
    return {
        "calendar": Facade("calendar", pick(calendar, _CALENDAR.split()) | named),
        "zoneinfo": Facade(
            "zoneinfo",
            {
                "ZoneInfo": ZoneInfo,
                "ZoneInfoNotFoundError": zoneinfo.ZoneInfoNotFoundError,
                "available_timezones": lambda: set(_zones),
            },
        ),
    }
