"""When devices stay silent."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def silent_until(now: datetime, start: time, end: time, time_zone: str) -> datetime | None:
    """Return when the silence that ``now`` lies in ends; None when there is none.

    ``start`` and ``end`` are wall-clock times there; an end before the start is the next morning's.
    """
    if start == end:
        return None
    there = now.astimezone(ZoneInfo(time_zone))
    clock = there.time()
    inside = start <= clock < end if start < end else clock >= start or clock < end
    if not inside:
        return None
    day = there.date() if clock < end else there.date() + timedelta(days=1)
    # When clocks go back the end comes twice, and now may lie between the two.
    ends = (datetime.combine(day, end.replace(fold=fold), there.tzinfo) for fold in (0, 1))
    return next((at for at in (end.astimezone(now.tzinfo) for end in ends) if at > now), None)
