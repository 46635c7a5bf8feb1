"""Candles: pages of bars as decimal strings, rolled up where need be."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from data_service.bars.repository import instant
from data_service.client import DataClient
from data_service.contract.errors import (
    BarsNotFoundError,
    SymbolNotFoundError,
    TimeframeRequiredError,
)
from data_service.domain.resampling import resample
from naru.bars import Bars
from tests.data_service.caller import START_NS, Caller, make_bars

MINUTE_NS = 60 * 10**9


async def read_all(
    client: DataClient, caller: Caller, limit: int = 200, **query: Any
) -> list[dict[str, Any]]:
    """Return all candles, page by page."""
    items, cursor = [], None
    while True:
        page = await client.read_candles(caller.person, "ACME", cursor=cursor, limit=limit, **query)
        items += [item.model_dump(mode="json") for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return items


async def test_prices_are_the_shortest_decimals_of_the_same_value(
    caller: Caller, client: DataClient
) -> None:
    tiny = np.array([1.5e-8])
    bars = Bars("ACME", "1d", np.array([START_NS]), tiny, tiny, tiny, tiny, np.array([1e21]))
    await caller.upload(bars)

    answer = await caller.call("GET", "/market/candles?symbol=ACME")

    assert answer.json() == {
        "items": [
            {
                "ts": "2020-09-14T00:00:00Z",
                "open": "0.000000015",
                "high": "0.000000015",
                "low": "0.000000015",
                "close": "0.000000015",
                "volume": "1000000000000000000000",
            }
        ],
        "next_cursor": None,
    }


async def test_pages_hold_every_bar_once(caller: Caller, client: DataClient) -> None:
    bars = make_bars(count=25)
    await caller.upload(bars)

    items = await read_all(client, caller, limit=10)

    assert [item["ts"] for item in items] == [
        instant(ts).isoformat().replace("+00:00", "Z") for ts in bars.ts
    ]
    assert [Decimal(item["close"]) for item in items] == [
        Decimal(repr(v)) for v in bars.close.tolist()
    ]


async def test_start_is_inclusive_and_end_exclusive(caller: Caller, client: DataClient) -> None:
    await caller.upload(make_bars(count=25))

    items = await read_all(
        client,
        caller,
        start=datetime(2020, 9, 16, tzinfo=UTC),
        end=datetime(2020, 9, 19, tzinfo=UTC),
    )

    assert [item["ts"][:10] for item in items] == ["2020-09-16", "2020-09-17", "2020-09-18"]


@pytest.mark.parametrize(
    ("timeframe", "limit"),
    [("1m", 200), ("5m", 50), ("7m", 200), ("1h", 3), ("1h", 200), ("1d", 1), ("1w", 3)],
)
async def test_slower_bars_are_made_as_numpy_makes_them(
    caller: Caller, client: DataClient, timeframe: str, limit: int
) -> None:
    bars = _with_holes(make_bars(count=3000, timeframe="1m", start_ns=START_NS + 17 * MINUTE_NS))
    await caller.upload(bars)

    items = await read_all(
        client, caller, limit=limit if timeframe != "1m" else 200, timeframe=timeframe
    )

    expected = resample(bars, timeframe)
    assert [item["ts"] for item in items] == [
        instant(ts).isoformat().replace("+00:00", "Z") for ts in expected.ts
    ]
    for name in ("open", "high", "low", "close"):
        values = [float(item[name]) for item in items]
        assert values == getattr(expected, name).tolist(), name
    volumes = [float(item["volume"]) for item in items]
    assert volumes == pytest.approx(expected.volume.tolist(), rel=1e-12)


def _with_holes(bars: Bars) -> Bars:
    keep = np.random.default_rng(7).random(len(bars)) > 0.3
    keep[600:1300] = False
    columns = [
        getattr(bars, name)[keep] for name in ("ts", "open", "high", "low", "close", "volume")
    ]
    return Bars(bars.symbol, bars.timeframe, *map(np.ascontiguousarray, columns))


async def test_a_range_of_slower_bars_holds_whole_buckets(
    caller: Caller, client: DataClient
) -> None:
    await caller.upload(make_bars(count=600, timeframe="1m"))

    items = await read_all(
        client,
        caller,
        timeframe="1h",
        start=datetime(2020, 9, 14, 1, 30, tzinfo=UTC),
        end=datetime(2020, 9, 14, 4, 30, tzinfo=UTC),
    )

    assert [item["ts"][11:13] for item in items] == ["02", "03", "04"]
    assert {item["volume"] for item in items} == {
        str(sum(1000 + minute for minute in range(hour * 60, hour * 60 + 60))) + ".0"
        for hour in (2, 3, 4)
    }


async def test_the_slowest_that_fits_is_taken(caller: Caller, client: DataClient) -> None:
    await caller.upload(make_bars(count=600, timeframe="1m", base=100.0))
    await caller.upload(make_bars(count=10, timeframe="1h", base=900.0))

    items = await read_all(client, caller, timeframe="2h")

    assert items[0]["open"] == "899.95"


async def test_the_timeframe_has_to_be_named_when_there_are_several(
    caller: Caller, client: DataClient
) -> None:
    await caller.upload(make_bars())
    await caller.upload(make_bars(timeframe="1h"))

    with pytest.raises(TimeframeRequiredError, match="1d, 1h"):
        await client.read_candles(caller.person, "ACME")


async def test_faster_bars_cannot_be_made(caller: Caller, client: DataClient) -> None:
    await caller.upload(make_bars())

    with pytest.raises(BarsNotFoundError, match="1d"):
        await client.read_candles(caller.person, "ACME", timeframe="1h")


async def test_a_symbol_of_others_is_unknown(
    caller: Caller, stranger: Caller, client: DataClient
) -> None:
    await caller.upload(make_bars())

    with pytest.raises(SymbolNotFoundError):
        await client.read_candles(stranger.person, "ACME")


async def test_candles_of_workspaces_do_not_mix(
    caller: Caller, stranger: Caller, client: DataClient
) -> None:
    await caller.upload(make_bars(count=5))
    await stranger.upload(make_bars(count=7, base=500.0))

    assert len(await read_all(client, caller)) == 5
    assert len(await read_all(client, stranger)) == 7


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("", "/query/symbol"),
        ("symbol=A%00", "/query/symbol"),
        ("symbol=ACME&timeframe=soon", "/query/timeframe"),
        ("symbol=ACME&start=2020-01-01T00:00:00", "/query/start"),
        ("symbol=ACME&start=yesterday", "/query/start"),
        ("symbol=ACME&start=2021-01-01T00:00:00Z&end=2020-01-01T00:00:00Z", "/query/end"),
        ("symbol=ACME&limit=201", "/query/limit"),
        ("symbol=ACME&cursor=xyz", "/query/cursor"),
    ],
)
async def test_bad_queries_name_the_field(caller: Caller, query: str, pointer: str) -> None:
    await caller.upload(make_bars())

    answer = await caller.call("GET", f"/market/candles?{query}")

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_far_away_instants_are_no_trouble(caller: Caller, moment: str) -> None:
    await caller.upload(make_bars())

    for field in ("start", "end"):
        answer = await caller.call(
            "GET", "/market/candles", params={"symbol": "ACME", field: moment, "timeframe": "1w"}
        )
        assert answer.status_code == 200, answer.text


async def test_a_cursor_of_another_list_is_refused(caller: Caller) -> None:
    for symbol in ("A", "B"):
        await caller.upload(make_bars(symbol))
    cursor = (await caller.call("GET", "/market/symbols?limit=1")).json()["next_cursor"]

    answer = await caller.call("GET", "/market/candles", params={"symbol": "A", "cursor": cursor})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "cursor-invalid")


@pytest.mark.parametrize("path", ["/market/candles?symbol=ACME", "/market/symbols"])
async def test_market_data_wants_a_signature(caller: Caller, path: str) -> None:
    assert (await caller.anonymous("GET", path)).status_code == 401
