"""Hours of a venue, written in its own time."""

from datetime import UTC, datetime

import numpy as np
import pytest

from naru.engine.config import RunConfig
from naru.errors import ConfigError
from shared.session_zone import in_zone, split_zone


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


def test_offsets_change_at_the_hour_of_the_zone() -> None:
    config = in_zone(
        RunConfig(session="09:30-16:00"),  # type: ignore[arg-type]
        "America/New_York",
        ns("2011-01-10"),
        ns("2011-11-30"),
    )

    session = config.session
    assert (session.opens, session.closes) == (570, 960)
    assert session.offsets == (
        (ns("2011-01-09T00:00"), -300),
        (ns("2011-03-13T07:00"), -240),
        (ns("2011-11-06T06:00"), -300),
    )
    noon = np.array([ns("2011-07-01T16:00"), ns("2011-12-01T17:00")])
    assert (session.local(noon) % (24 * 3600 * 10**9)).tolist() == [12 * 3600 * 10**9] * 2


def test_a_zone_without_changes_has_one_offset() -> None:
    config = in_zone(RunConfig(), "Asia/Seoul", ns("2020-01-01"), ns("2024-12-31"))

    assert [minutes for _, minutes in config.session.offsets] == [540]
    assert RunConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize("name", ["New York", "Mars/Olympus", "../etc/passwd", "/etc/passwd"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="is no time zone; write one as America/New_York"):
        in_zone(RunConfig(), name, ns("2020-01-01"), ns("2020-01-02"))


def test_a_zone_is_taken_off_its_hours() -> None:
    assert split_zone({"session": " 09:30-16:00  Asia/Seoul ", "cash": 1}) == (
        {"session": "09:30-16:00", "cash": 1},
        "Asia/Seoul",
    )
    for session in ("09:30-16:00", {"hours": "09:30-16:00", "offsets": []}):
        assert split_zone({"session": session}) == ({"session": session}, "")
    assert split_zone({}) == ({}, "")
