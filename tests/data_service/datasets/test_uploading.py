"""Uploads store all of a file, in the place of what was there."""

from tests.data_service.caller import Caller, make_bars

DAY_NS = 86_400 * 10**9


async def test_an_upload_tells_what_was_stored(caller: Caller) -> None:
    bars = make_bars(count=10)

    report = await caller.upload(bars)

    assert report["dataset"]["symbol"] == "ACME"
    assert report["dataset"]["timeframe"] == "1d"
    assert report["dataset"]["version"] == 1
    assert report["dataset"]["bar_count"] == 10
    assert report["dataset"]["start"] == "2020-09-14T00:00:00Z"
    assert report["dataset"]["end"] == "2020-09-23T00:00:00Z"
    assert report["upload"]["sha256"] == bars.sha256()
    assert report["upload"]["replaced_count"] == 0
    assert report["quality"]["gap_count"] == 0
