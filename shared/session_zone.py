"""A venue's hours in its own time: the kit takes offsets from UTC, people know zones.

Zones come from files of the system, which a run never reads; it gets the offsets that hold over
its bars, and its receipt holds them.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from naru.engine.config import RunConfig
from naru.errors import ConfigError

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def split_zone(options: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Take the zone off a session that is written as ``09:30-16:00 America/New_York``."""
    session = options.get("session")
    if not isinstance(session, str):
        return dict(options), ""
    hours, _, zone = session.strip().partition(" ")
    return {**options, "session": hours}, zone.strip()


def in_zone(config: RunConfig, name: str, first: int, last: int) -> RunConfig:
    """Return the options with the offsets that a zone has from one instant to another.

    first, last   ns since the epoch, such as the opens of the first and the last bar
    Raises ConfigError.
    """
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"{name!r} is no time zone; write one as America/New_York"
        raise ConfigError("session", message) from error
    return replace(config, session=replace(config.session, offsets=_offsets(zone, first, last)))


def _offsets(zone: ZoneInfo, first: int, last: int) -> tuple[tuple[int, int], ...]:
    """Return from when on the zone is how many minutes ahead of UTC, day by day from ``first``."""
    moment = _EPOCH + timedelta(seconds=first // 10**9) - _DAY
    end = _EPOCH + timedelta(seconds=last // 10**9) + _DAY
    offsets = [(_ns(moment), _minutes(zone, moment))]
    while moment < end:
        following = moment + _DAY
        if _minutes(zone, following) != offsets[-1][1]:
            changes = _change(zone, moment, following)
            offsets.append((_ns(changes), _minutes(zone, changes)))
        moment = following
    return tuple(offsets)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the first second after ``before`` at which the zone has the offset of ``after``."""
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if _minutes(zone, middle) == _minutes(zone, after):
            after = middle
        else:
            before = middle
    return after


def _minutes(zone: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds() / 60)


def _ns(moment: datetime) -> int:
    return int((moment - _EPOCH).total_seconds()) * 10**9
