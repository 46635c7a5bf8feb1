"""Symbols: one entry each over all timeframes."""

from data_service.client import DataClient
from tests.data_service.caller import Caller, make_bars


async def test_symbols_come_in_alphabetical_pages(
    caller: Caller, stranger: Caller, client: DataClient
) -> None:
    for symbol in ("MSFT", "AAPL", "KRW-BTC", "삼성전자"):
        await caller.upload(make_bars(symbol))
    await stranger.upload(make_bars("ZZZ"))

    first = await client.list_symbols(caller.person, limit=3)
    second = await client.list_symbols(caller.person, limit=3, cursor=first.next_cursor)

    assert [item.symbol for item in first.items] == ["AAPL", "KRW-BTC", "MSFT"]
    assert [item.symbol for item in second.items] == ["삼성전자"]
    assert second.next_cursor is None


async def test_a_symbol_is_summed_over_its_timeframes(caller: Caller, client: DataClient) -> None:
    await caller.upload(make_bars(count=10, timeframe="1d"))
    await caller.upload(make_bars(count=30, timeframe="1h"))

    (item,) = (await client.list_symbols(caller.person)).items

    assert (item.timeframes, item.bar_count) == (["1d", "1h"], 40)
    assert item.end.isoformat() == "2020-09-23T00:00:00+00:00"


async def test_a_workspace_without_bars_has_no_symbols(caller: Caller, client: DataClient) -> None:
    assert (await client.list_symbols(caller.person)).items == []
