"""How long orders live, and which wait for their moment, on scenes worked out by hand."""

from typing import Any

import pytest

from tests.naru.engine.scenes import START, WIDE, bars, ends, fills, flat, play


@pytest.mark.parametrize("start", [START, -8 * 86_400 * 10**9])  # 1969-12-24: days below zero
def test_a_day_order_ends_with_its_day_whatever_the_century(start: int) -> None:
    result = play(
        {0: lambda s: s.buy(1, limit=90, tif="day")}, flat(50, timeframe="1h", start=start)
    )

    assert ends(result) == [("expired", "time_in_force")]
    assert result.orders[0].done == 24


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


def test_a_gtd_order_ends_at_its_instant_while_it_waits_for_its_parent() -> None:
    market = bars(
        [(100, 100, 100, 100)] * 8 + [(100, 101, 89, 95), (95, 96, 94, 95)], timeframe="1h"
    )

    def ask(strategy: Any) -> None:
        entry = strategy.buy(1, limit=90)
        strategy.sell(1, stop=98, parent=entry, tif="gtd", until="2024-01-01T06:00")

    result = play({0: ask}, market)

    assert ends(result) == [("filled", None), ("expired", "time_in_force")]
    assert result.orders[1].done == 6


@pytest.mark.parametrize("at", ["open", "close"])
def test_a_gtd_order_ends_at_its_instant_while_it_waits_for_its_moment(at: str) -> None:
    market = flat(60, timeframe="1h")
    result = play({2: lambda s: s.buy(1, at=at, tif="gtd", until="2024-01-01T20:00")}, market)

    assert ends(result) == [("expired", "time_in_force")]
    assert result.orders[0].done == 20


def test_the_rest_of_a_day_order_for_the_close_ends_with_its_day() -> None:
    market = flat(60, timeframe="1h")  # a thousand units an hour
    result = play({2: lambda s: s.buy(30, at="close", tif="day")}, market, volume_share="0.02")

    assert fills(result) == [(23, 1, 20.0, 100.0)]
    assert ends(result) == [("expired", "time_in_force")]


@pytest.mark.parametrize("limit", [85, 95])
def test_a_day_orders_day_begins_where_its_parents_fill_wakes_it(limit: float) -> None:
    # The parent fills inside the day's last bar, or at its open.
    opened = 100 if limit < 90 else 94
    rows = [(100, 100, 100, 100)] * 23 + [(opened, 101, 84, 100)] + [(100, 121, 100, 120)] * 3
    market = bars(rows, timeframe="1h")

    def ask(strategy: Any) -> None:
        entry = strategy.buy(1, limit=limit)
        strategy.sell(1, limit=110, parent=entry, tif="day")

    result = play({0: ask}, market)

    assert ends(result) == [("filled", None), ("expired", "time_in_force")]
    assert result.orders[1].done == 24


def test_time_that_is_over_comes_before_what_else_would_end_an_order() -> None:
    rows = [(100, 100, 100, 100)] * 3 + [(100, 106, 100, 105)] * 2
    market = bars(rows, timeframe="1h")

    def ask(strategy: Any) -> None:
        first = strategy.buy(1, stop=104)
        strategy.buy(1, tif="gtd", until="2024-01-01T03:00", at="close", oco=first)

    result = play({0: ask}, market, fill="next_close")

    assert ends(result) == [("filled", None), ("expired", "time_in_force")]


def test_an_exit_for_the_close_goes_with_the_position_that_it_was_to_end() -> None:
    market = flat(60, timeframe="1h")

    def ask(strategy: Any) -> None:
        entry = strategy.buy(1)
        strategy.sell(1, parent=entry, reduce_only=True, at="close")

    result = play({0: ask, 3: lambda s: s.position.close(), 5: lambda s: s.buy(1)}, market)

    assert fills(result) == [(1, 1, 1.0, 100.0), (4, -1, 1.0, 100.0), (6, 1, 1.0, 100.0)]
    assert ends(result)[1] == ("canceled", "position_closed")


def test_a_market_order_that_is_woken_inside_a_bar_has_its_close() -> None:
    script = {0: lambda s: s.buy(2, parent=s.buy(1, limit=96))}
    result = play(script, WIDE, fill="next_close")

    assert fills(result) == [(1, 1, 1.0, 96.0), (1, 1, 2.0, 103.0)]


def test_a_market_order_that_a_close_wakes_waits_for_the_next() -> None:
    def ask(strategy: Any) -> None:
        entry = strategy.buy(1, at="close")
        strategy.buy(2, parent=entry)

    script = {0: ask, 1: lambda s: s.buy(1, limit=50)}  # asking has the book look at that close
    result = play(script, flat(4), fill="same_close")

    assert fills(result) == [(1, 1, 1.0, 100.0), (2, 1, 2.0, 100.0)]
