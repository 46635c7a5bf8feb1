"""When to try again, and when to be silent."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notification_service.domain.quiet_hours import silent_until
from notification_service.domain.retries import PAUSES, pause_after


def test_pauses_grow_and_end_after_a_day() -> None:
    pauses = [pause_after(attempt, 0.0) for attempt in range(1, len(PAUSES) + 1)]

    assert pauses == sorted(PAUSES)
    assert timedelta(hours=20) < sum(PAUSES, timedelta()) < timedelta(days=1)
    assert pause_after(len(PAUSES) + 1, 0.0) is None


@given(chance=st.floats(0, 1, exclude_max=True), attempt=st.integers(1, len(PAUSES)))
def test_pauses_are_spread_but_never_shortened(chance: float, attempt: int) -> None:
    pause = pause_after(attempt, chance)

    assert pause is not None
    assert PAUSES[attempt - 1] <= pause <= PAUSES[attempt - 1] * 1.25


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-02T12:59", None),  # 21:59 in Seoul
        ("2026-11-02T13:00", "2026-11-02T22:00"),
        ("2026-11-02T21:59", "2026-11-02T22:00"),
        ("2026-11-02T22:00", None),
    ],
)
def test_nights_are_those_of_the_time_zone(now: str, until: str | None) -> None:
    end = silent_until(_utc(now), time(22), time(7), "Asia/Seoul")

    assert end == (None if until is None else _utc(until))


def test_midday_breaks_end_the_same_day() -> None:
    assert silent_until(_utc("2026-11-02T12:30"), time(12), time(13), "UTC") == _utc(
        "2026-11-02T13:00"
    )


@given(
    now=st.integers(0, 2 * 365 * 24 * 60).map(lambda m: _utc("2025-01-01") + timedelta(minutes=m)),
    start=st.times(),
    end=st.times(),
    zone=st.sampled_from(["Asia/Seoul", "America/New_York", "Europe/London", "UTC"]),
)
def test_silence_ends_within_a_day_and_is_over_then(
    now: datetime, start: time, end: time, zone: str
) -> None:
    until = silent_until(now, start, end, zone)

    if until is not None:
        assert now < until <= now + timedelta(hours=25, minutes=1)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
