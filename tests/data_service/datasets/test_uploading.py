"""Uploads store all of a file, in the place of what was there."""

import asyncio
import gzip
from dataclasses import replace

import httpx2
import numpy as np
import pytest

from data_service.client import DataClient
from data_service.contract.bars import BarsQuery, snapshot_key
from data_service.deps import DataDeps
from naru.bars import Bars
from shared.bar_files import read_bars, write_bars
from shared.identity import Principal
from tests.data_service.caller import START_NS, Caller, make_bars

DAY_NS = 86_400 * 10**9
CSV = (
    "ts,open,high,low,close,volume\n"
    "2020-09-14,99.95,100.3,99.7,100.0,1000\n"
    "2020-09-15,100.05,100.4,99.8,100.1,1001\n"
)


async def stored(client: DataClient, deps: DataDeps, caller: Caller, symbol: str = "ACME") -> Bars:
    """Return what a run would see of a symbol."""
    snapshot = await client.create_snapshot(caller.service, BarsQuery(symbol=symbol))
    data = await deps.objects.get(snapshot_key(caller.workspace_id, snapshot.sha256))
    path = deps.settings.state_dir / "read.parquet"
    path.write_bytes(data)
    return read_bars(path).bars


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


async def test_what_is_stored_is_what_was_sent_to_the_last_bit(
    caller: Caller, client: DataClient, deps: DataDeps
) -> None:
    bars = make_bars(count=1000, timeframe="1m")
    await caller.upload(bars)

    assert (await stored(client, deps, caller)).sha256() == bars.sha256()


async def test_an_overlapping_upload_replaces_its_range_and_nothing_else(
    caller: Caller, client: DataClient, deps: DataDeps
) -> None:
    first = make_bars(count=10)
    # Covers days 5 to 14, without day 7: that day's stored bar has to go.
    second = make_bars(count=10, start_ns=START_NS + 5 * DAY_NS, base=500.0)
    keep = np.arange(10) != 2
    second = replace(
        second,
        **{
            name: np.ascontiguousarray(getattr(second, name)[keep])
            for name in ("ts", "open", "high", "low", "close", "volume")
        },
    )
    await caller.upload(first)

    report = await caller.upload(second)

    assert report["dataset"]["version"] == 2
    assert report["dataset"]["bar_count"] == 14
    assert report["upload"]["replaced_count"] == 5
    bars = await stored(client, deps, caller)
    assert bars.ts.tolist() == [*first.ts[:5].tolist(), *second.ts.tolist()]
    assert bars.close.tolist() == [*first.close[:5].tolist(), *second.close.tolist()]


async def test_the_same_bars_once_more_change_nothing(
    caller: Caller, client: DataClient, deps: DataDeps
) -> None:
    bars = make_bars(count=10)
    first = await caller.upload(bars)

    again = await caller.upload(bars)

    assert again == first
    assert (await stored(client, deps, caller)).sha256() == bars.sha256()
    assert len((await client.read_events(0, 10)).events) == 1


async def test_earlier_bars_come_back_by_uploading_them_again(
    caller: Caller, client: DataClient, deps: DataDeps
) -> None:
    bars = make_bars(count=10)
    await caller.upload(bars)
    await caller.upload(make_bars(count=10, base=500.0))

    report = await caller.upload(bars)

    assert (report["dataset"]["version"], report["upload"]["replaced_count"]) == (3, 10)
    assert (await stored(client, deps, caller)).sha256() == bars.sha256()


async def test_uploads_to_one_dataset_at_once_all_count(
    caller: Caller, client: DataClient, deps: DataDeps
) -> None:
    parts = [make_bars(count=100, start_ns=START_NS + n * 100 * DAY_NS) for n in range(5)]

    reports = await asyncio.gather(*(caller.upload(part) for part in parts))

    assert sorted(report["dataset"]["version"] for report in reports) == [1, 2, 3, 4, 5]
    assert len(await stored(client, deps, caller)) == 500


async def test_timeframes_of_a_symbol_are_datasets_of_their_own(caller: Caller) -> None:
    daily = await caller.upload(make_bars())
    hourly = await caller.upload(make_bars(timeframe="1h"))

    assert daily["dataset"]["id"] != hourly["dataset"]["id"]


async def test_bars_of_any_age_have_a_place(
    caller: Caller, client: DataClient, deps: DataDeps
) -> None:
    ages = [1_700, 1_999, 2_004, 2_012, 2_019, 2_025, 2_034, 2_100, 2_250]
    ts = np.array([f"{year}-06-01" for year in ages], "datetime64[ns]").astype(np.int64)
    one = np.ones(len(ages))
    bars = Bars("ACME", "1d", ts, one, one, one, one, one)
    await caller.upload(bars)

    assert (await stored(client, deps, caller)).sha256() == bars.sha256()


async def test_csv_with_options_in_the_query(caller: Caller) -> None:
    answer = await caller.send(CSV.encode(), symbol="KRW-BTC", timeframe="1d")

    assert answer.status_code == 201, answer.text
    assert answer.json()["dataset"]["symbol"] == "KRW-BTC"


async def test_gzipped_csv(caller: Caller) -> None:
    answer = await caller.send(gzip.compress(CSV.encode()), "application/gzip", symbol="ACME")

    assert answer.status_code == 201, answer.text
    assert answer.json()["upload"]["bar_count"] == 2


async def test_a_form_with_a_file_and_fields(caller: Caller) -> None:
    answer = await caller.call(
        "POST",
        "/datasets/upload",
        files={"file": ("bars.csv", CSV.encode(), "text/csv")},
        data={"symbol": "005930", "timeframe": "1d"},
    )

    assert answer.status_code == 201, answer.text
    assert answer.json()["dataset"]["symbol"] == "005930"


async def test_the_name_of_a_forms_file_tells_the_symbol(caller: Caller) -> None:
    answer = await caller.call(
        "POST",
        "/datasets/upload",
        files={"file": ("BTC-USD_1d.csv", CSV.encode(), "text/csv")},
    )

    assert answer.status_code == 201, answer.text
    assert answer.json()["dataset"]["symbol"] == "BTC-USD"


@pytest.mark.parametrize(
    "told",
    ['attachment; filename="BTC-USD_1d.csv"', "attachment; filename*=UTF-8''BTC%2DUSD_1d.csv"],
)
async def test_the_name_of_a_plain_file_tells_the_symbol(caller: Caller, told: str) -> None:
    headers = {"Content-Type": "text/csv", "Content-Disposition": told}
    answer = await caller.call("POST", "/datasets/upload", content=CSV.encode(), headers=headers)

    assert answer.status_code == 201, answer.text
    assert answer.json()["dataset"]["symbol"] == "BTC-USD"


@pytest.mark.parametrize("told", ["", "=;;", "attachment; filename*=x''%00", 'a; filename="\\"'])
async def test_a_name_that_tells_nothing_is_no_symbol(caller: Caller, told: str) -> None:
    headers = {"Content-Type": "text/csv", "Content-Disposition": told}
    answer = await caller.call("POST", "/datasets/upload", content=CSV.encode(), headers=headers)

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == "/symbol"


async def test_a_files_own_symbol_wins_over_its_name(caller: Caller) -> None:
    answer = await caller.call(
        "POST",
        "/datasets/upload",
        files={"file": ("other.parquet", write_bars(make_bars("ACME")), "text/csv")},
    )

    assert answer.json()["dataset"]["symbol"] == "ACME"


async def test_contradicting_rows_may_be_dropped_and_are_counted(caller: Caller) -> None:
    csv = CSV + "2020-09-16,100,90,110,100,5\n"

    answer = await caller.send(csv.encode(), symbol="ACME", contradictions="drop")

    assert answer.status_code == 201, answer.text
    upload = answer.json()["upload"]
    assert (upload["row_count"], upload["bar_count"], upload["contradicting_count"]) == (3, 2, 1)


async def test_repeated_rows_are_counted(caller: Caller) -> None:
    csv = CSV + CSV.splitlines()[-1] + "\n"

    answer = await caller.send(csv.encode(), symbol="ACME", timeframe="1d")

    assert answer.json()["upload"]["repeated_count"] == 1


async def test_gaps_are_reported(caller: Caller) -> None:
    csv = CSV + "2020-12-15,100,100,100,100,0\n"

    answer = await caller.send(csv.encode(), symbol="ACME", timeframe="1d")

    quality = answer.json()["quality"]
    assert (quality["gap_count"], quality["missing_count"]) == (1, 90)
    assert quality["gaps"][0]["after"] == "2020-09-15T00:00:00Z"
    assert quality["zero_volume_count"] == 1


async def test_an_upload_is_an_event(caller: Caller, client: DataClient) -> None:
    report = await caller.upload(make_bars())

    batch = await client.read_events(0, 10)

    assert [event.name for event in batch.events] == ["data.dataset.uploaded"]
    assert batch.events[0].workspace_id == caller.workspace_id
    assert batch.events[0].payload["dataset_id"] == report["dataset"]["id"]
    assert batch.events[0].payload["version"] == 1


async def test_uploading_wants_a_signature(caller: Caller) -> None:
    assert (await caller.anonymous("POST", "/datasets/upload")).status_code == 401


async def test_a_service_without_a_workspace_cannot_upload(caller: Caller) -> None:
    answer = await caller.call("POST", "/datasets/upload", principal=Principal.service("tests"))

    assert answer.status_code == 403


async def test_a_repeated_request_is_answered_as_before(caller: Caller) -> None:
    async def send() -> httpx2.Response:
        return await caller.call(
            "POST",
            "/datasets/upload",
            params={"symbol": "ACME"},
            content=CSV.encode(),
            headers={"Content-Type": "text/csv", "Idempotency-Key": "one upload"},
        )

    first, again = await send(), await send()

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
