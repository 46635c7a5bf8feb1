"""How long orders live, and which wait for their moment, on scenes worked out by hand."""

import pytest

from tests.naru.engine.scenes import WIDE, bars, ends, fills, flat, play


def test_a_day_order_expires_with_its_day() -> None:
    market = flat(30, timeframe="1h")
    result = play({2: lambda s: s.buy(1, limit=90, tif="day")}, market)

    assert ends(result) == [("expired", "time_in_force")]
    assert result.orders[0].done == 24


@pytest.mark.parametrize("lifetime", [{"tif": "day"}, {"tif": "gtd", "until": "2024-01-02"}])
def test_the_rest_of_a_market_order_expires_too(lifetime: dict[str, str]) -> None:
    market = flat(30, timeframe="1h")  # a thousand units an hour, from midnight on
    result = play({20: lambda s: s.buy(90, **lifetime)}, market, volume_share="0.02")

    assert fills(result) == [(step, 1, 20.0, 100.0) for step in (21, 22, 23)]
    assert ends(result) == [("expired", "time_in_force")]


def test_a_day_order_for_the_open_waits_for_the_next_day() -> None:
    market = flat(30, timeframe="1h")
    result = play({20: lambda s: s.buy(1, at="open", tif="day")}, market)

    assert fills(result) == [(24, 1, 1.0, 100.0)]


def test_a_gtd_order_expires_at_its_instant() -> None:
    market = flat(30, timeframe="1h")
    result = play({2: lambda s: s.buy(1, limit=90, tif="gtd", until="2024-01-01T06:00")}, market)

    assert ends(result) == [("expired", "time_in_force")]
    assert result.orders[0].done == 6


@pytest.mark.parametrize("tif", ["ioc", "fok"])
def test_an_immediate_order_has_one_chance(tif: str) -> None:
    script = {0: lambda s: (s.buy(1, limit=96, tif=tif), s.buy(1, limit=101, tif=tif))}
    result = play(script, WIDE)

    assert ends(result) == [("canceled", "not_immediately_fillable"), ("filled", None)]


def test_fill_or_kill_needs_the_whole_volume() -> None:
    script = {0: lambda s: (s.buy(20, tif="fok"), s.buy(20, tif="ioc"))}
    result = play(script, flat(3), volume_share="0.01")

    assert ends(result) == [("canceled", "not_immediately_fillable")] * 2
    assert fills(result) == [(1, 1, 10.0, 100.0)]


def test_fill_or_kill_counts_what_others_took_of_the_bar() -> None:
    market = flat(3)  # a volume of 1,000 each
    script = {0: lambda s: (s.buy(6, tif="fok"), s.buy(6, tif="fok"), s.buy(4, tif="fok"))}
    result = play(script, market, volume_share="0.01")

    assert fills(result) == [(1, 1, 6.0, 100.0), (1, 1, 4.0, 100.0)]
    assert ends(result)[1] == ("canceled", "not_immediately_fillable")


def test_fill_or_kill_takes_sizes_in_money_too() -> None:
    script = {0: lambda s: (s.buy(percent=0.09, tif="fok"), s.buy(value=101, tif="fok"))}
    result = play(script, flat(3), volume_share="0.01")

    assert fills(result) == [(1, 1, 9.0, 100.0)]
    assert ends(result)[1] == ("canceled", "not_immediately_fillable")


def test_an_immediate_order_takes_what_the_volume_gives_and_drops_the_rest() -> None:
    script = {0: lambda s: (s.buy(7, tif="ioc"), s.buy(7, limit=101, tif="ioc"))}
    result = play(script, flat(3), volume_share="0.01")

    assert fills(result) == [(1, 1, 7.0, 100.0), (1, 1, 3.0, 100.0)]
    assert ends(result) == [("filled", None), ("canceled", "not_immediately_fillable")]


def test_post_only_refuses_to_take() -> None:
    script = {
        0: lambda s: (s.buy(1, limit=101, post_only=True), s.buy(1, limit=96, post_only=True))
    }
    result = play(script, WIDE, commission=[{"kind": "bps", "bps": 10, "maker_bps": 2}])

    assert ends(result) == [("rejected", "post_only_would_take"), ("filled", None)]
    assert float(result.fills[0].commission) == 0.0192  # 0.02 % of 96, as a maker


def test_at_close_waits_for_the_last_bar_of_the_day() -> None:
    market = bars([(100 + n, 101 + n, 99 + n, 100.5 + n) for n in range(30)], timeframe="1h")
    script = {3: lambda s: (s.buy(1, at="close"), s.buy(1, at="open"))}
    result = play(script, market)

    assert fills(result) == [(23, 1, 1.0, 123.5), (24, 1, 1.0, 124.0)]
