"""Snapshots: named by their content, frozen once, never changed."""

import asyncio
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest

from data_service.client import DataClient
from data_service.contract.bars import BarsQuery, Snapshot, snapshot_key
from data_service.contract.errors import (
    BarsNotFoundError,
    SymbolNotFoundError,
    TimeframeRequiredError,
)
from data_service.deps import DataDeps
from data_service.domain.resampling import resample
from naru.bars import Bars
from shared.bar_files import read_bars
from shared.errors import ForbiddenError
from tests.data_service.caller import START_NS, Caller, make_bars

DAY_NS = 86_400 * 10**9
START = datetime(2020, 9, 14, tzinfo=UTC)


async def read(deps: DataDeps, caller: Caller, snapshot: Snapshot) -> Bars:
    """Return a snapshot's bars, checked against its name."""
    data = await deps.objects.get(snapshot_key(caller.workspace_id, snapshot.sha256))
    bars = read_bars(BytesIO(data)).bars
    assert bars.sha256() == snapshot.sha256
    return bars


async def test_a_snapshot_is_the_uploaded_bars(
    caller: Caller, client: DataClient, deps: DataDeps
) -> None:
    bars = make_bars(count=50)
    await caller.upload(bars)

    snapshot = await client.create_snapshot(caller.service, BarsQuery(symbol="ACME"))

    assert snapshot == Snapshot(
        sha256=bars.sha256(),
        symbol="ACME",
        timeframe="1d",
        bar_count=50,
        start=START,
        end=START + timedelta(days=49),
    )
    found = await read(deps, caller, snapshot)
    assert (found.symbol, found.timeframe) == ("ACME", "1d")


async def test_a_range_is_cut_out(caller: Caller, client: DataClient, deps: DataDeps) -> None:
    await caller.upload(make_bars(count=50))

    snapshot = await client.create_snapshot(
        caller.service,
        BarsQuery(symbol="ACME", start=START + timedelta(days=3), end=START + timedelta(days=6)),
    )

    assert (snapshot.bar_count, snapshot.start.day, snapshot.end.day) == (3, 17, 19)
    assert len(await read(deps, caller, snapshot)) == 3


async def test_asking_twice_reads_once(caller: Caller, client: DataClient, deps: DataDeps) -> None:
    await caller.upload(make_bars())
    query = BarsQuery(symbol="ACME", start=START - timedelta(days=900))
    first = await client.create_snapshot(caller.service, query)
    path = deps.settings.state_dir / "objects" / snapshot_key(caller.workspace_id, first.sha256)
    written_at = path.stat().st_mtime_ns

    again = await asyncio.gather(
        *(client.create_snapshot(caller.service, BarsQuery(symbol="ACME")) for _ in range(5))
    )

    assert {snapshot.sha256 for snapshot in again} == {first.sha256}
    assert path.stat().st_mtime_ns == written_at


async def test_a_lost_object_is_written_again(
    caller: Caller, client: DataClient, deps: DataDeps
) -> None:
    await caller.upload(make_bars())
    snapshot = await client.create_snapshot(caller.service, BarsQuery(symbol="ACME"))
    await deps.objects.delete(snapshot_key(caller.workspace_id, snapshot.sha256))

    again = await client.create_snapshot(caller.service, BarsQuery(symbol="ACME"))

    assert again == snapshot
    assert len(await read(deps, caller, again)) == 10


async def test_a_later_upload_leaves_the_snapshot_as_it_was(
    caller: Caller, client: DataClient, deps: DataDeps
) -> None:
    await caller.upload(make_bars())
    before = await client.create_snapshot(caller.service, BarsQuery(symbol="ACME"))

    await caller.upload(make_bars(start_ns=START_NS + 5 * DAY_NS, base=700.0))
    after = await client.create_snapshot(caller.service, BarsQuery(symbol="ACME"))

    assert after.sha256 != before.sha256
    assert (await read(deps, caller, before)).close.max() < 200
    assert (await read(deps, caller, after)).close.max() > 700


async def test_two_workspaces_with_the_same_bars_agree_on_the_name(
    caller: Caller, stranger: Caller, client: DataClient
) -> None:
    await caller.upload(make_bars("ACME"))
    await stranger.upload(make_bars("OTHER"))

    one = await client.create_snapshot(caller.service, BarsQuery(symbol="ACME"))
    other = await client.create_snapshot(stranger.service, BarsQuery(symbol="OTHER"))

    assert one.sha256 == other.sha256
    assert other.symbol == "OTHER"


async def test_a_slower_timeframe_is_made(
    caller: Caller, client: DataClient, deps: DataDeps
) -> None:
    bars = make_bars(count=3000, timeframe="1m")
    await caller.upload(bars)

    snapshot = await client.create_snapshot(
        caller.service, BarsQuery(symbol="ACME", timeframe="1h")
    )

    assert snapshot.sha256 == resample(bars, "1h").sha256()
    assert (await read(deps, caller, snapshot)).timeframe == "1h"


async def test_long_series_are_read_in_parts(
    caller: Caller, client: DataClient, deps: DataDeps
) -> None:
    bars = make_bars(count=300_000, timeframe="1m")
    await caller.upload(bars)

    snapshot = await client.create_snapshot(caller.service, BarsQuery(symbol="ACME"))

    assert (snapshot.sha256, snapshot.bar_count) == (bars.sha256(), 300_000)


async def test_no_bars_in_the_range(caller: Caller, client: DataClient) -> None:
    await caller.upload(make_bars())

    for query in (
        BarsQuery(symbol="ACME", start=START + timedelta(days=900)),
        BarsQuery(symbol="ACME", end=START - timedelta(days=900)),
        BarsQuery(symbol="ACME", start=START + timedelta(hours=1), end=START + timedelta(hours=2)),
    ):
        with pytest.raises(BarsNotFoundError):
            await client.create_snapshot(caller.service, query)


async def test_the_timeframe_has_to_be_named_when_there_are_several(
    caller: Caller, client: DataClient
) -> None:
    await caller.upload(make_bars())
    await caller.upload(make_bars(timeframe="1h"))

    with pytest.raises(TimeframeRequiredError):
        await client.create_snapshot(caller.service, BarsQuery(symbol="ACME"))


async def test_symbols_of_others_are_unknown(
    caller: Caller, stranger: Caller, client: DataClient
) -> None:
    await caller.upload(make_bars())

    with pytest.raises(SymbolNotFoundError):
        await client.create_snapshot(stranger.service, BarsQuery(symbol="ACME"))


async def test_only_services_freeze_bars(caller: Caller, client: DataClient) -> None:
    with pytest.raises(ForbiddenError):
        await client.create_snapshot(caller.person, BarsQuery(symbol="ACME"))


async def test_bad_queries_name_the_field(caller: Caller) -> None:
    body = {"symbol": "ACME", "start": "2021-01-01T00:00:00Z", "end": "2020-01-01T00:00:00Z"}

    answer = await caller.call("POST", "/internal/snapshots", principal=caller.service, json=body)

    assert answer.status_code == 422
    assert "end must be later than start" in answer.text
