"""``calendar`` and ``zoneinfo``: the zones of the markets, read before the wall goes up."""

from __future__ import annotations

import calendar
import contextlib
import zoneinfo
from collections.abc import Mapping

from logic_service.sandbox.policy.facades.frozen import Facade, pick

_CALENDAR = """FRIDAY MONDAY SATURDAY SUNDAY THURSDAY TUESDAY WEDNESDAY isleap leapdays
monthcalendar monthrange timegm weekday"""
_CALENDAR_NAMES = "day_abbr day_name month_abbr month_name"
_ZONES = """
America/Chicago America/Los_Angeles America/Mexico_City America/New_York America/Sao_Paulo
America/Toronto Asia/Bangkok Asia/Dubai Asia/Ho_Chi_Minh Asia/Hong_Kong Asia/Jakarta
Asia/Jerusalem Asia/Kolkata Asia/Kuala_Lumpur Asia/Manila Asia/Riyadh Asia/Seoul Asia/Shanghai
Asia/Singapore Asia/Taipei Asia/Tokyo Australia/Sydney Etc/UTC Europe/Amsterdam Europe/Berlin
Europe/Istanbul Europe/London Europe/Madrid Europe/Moscow Europe/Oslo Europe/Paris Europe/Stockholm
Europe/Warsaw Europe/Zurich GMT Africa/Johannesburg Pacific/Auckland US/Central US/Eastern
US/Pacific UTC
"""


def day_facades() -> dict[str, Facade]:
    """Return the facades by module name."""
    zones = _zones()

    def zone_info(key: str) -> zoneinfo.ZoneInfo:
        """Return a zone of the markets. Raises ZoneInfoNotFoundError for others."""
        found = zones.get(key)
        if found is None:
            known = ", ".join(zones)
            message = f"no zone {key!r} in strategies; there are {known}"
            raise zoneinfo.ZoneInfoNotFoundError(message)
        return found

    # The module's own names of days and months are objects with doors; texts have none.
    named = {name: tuple(getattr(calendar, name)) for name in _CALENDAR_NAMES.split()}
    return {
        "calendar": Facade("calendar", pick(calendar, _CALENDAR.split()) | named),
        "zoneinfo": Facade(
            "zoneinfo",
            {
                "ZoneInfo": zone_info,
                "ZoneInfoNotFoundError": zoneinfo.ZoneInfoNotFoundError,
                "available_timezones": lambda: set(zones),
            },
        ),
    }


def _zones() -> Mapping[str, zoneinfo.ZoneInfo]:
    found = {}
    for key in _ZONES.split():
        with contextlib.suppress(zoneinfo.ZoneInfoNotFoundError):  # a system with few zones
            found[key] = zoneinfo.ZoneInfo(key)
    return found
