"""Instruments that miss bars, and bars in which nobody takes the other side, by hand."""

from typing import Any

import numpy as np
import pytest

from naru.bars import Bars
from tests.naru.engine.scenes import START, bars, ends, fills, play

HOUR = 3_600_000_000_000
LIMITS = {"X": {"price_limit": "0.3"}}


def only(market: Bars, hours: list[int]) -> Bars:
    """Keep the bars of these hours."""
    columns = (getattr(market, name)[hours] for name in ("open", "high", "low", "close", "volume"))
    return Bars(market.symbol, "1h", market.ts[hours], *map(np.ascontiguousarray, columns))


def hourly(symbol: str, count: int = 60) -> Bars:
    rows = [(100 + hour, 100.5 + hour, 99.5 + hour, 100 + hour) for hour in range(count)]
    return bars(rows, symbol, timeframe="1h")


def test_at_open_is_the_instruments_own_first_bar_of_a_day() -> None:
    late = only(hourly("B"), [*range(20), 27, 28, *range(50, 60)])
    script = {20: lambda s: (s.buy(1, at="open"), s.buy(1, at="open", symbol="B"))}
    result = play(script, [hourly("A"), late])

    assert fills(result) == [(24, 1, 1.0, 124.0), (27, 1, 1.0, 127.0)]


def test_at_open_is_never_the_day_on_which_it_was_asked() -> None:
    late = only(hourly("B"), [*range(20), 27, 28, *range(50, 60)])
    result = play({25: lambda s: s.buy(1, at="open", symbol="B")}, [hourly("A"), late])

    assert fills(result) == [(50, 1, 1.0, 150.0)]


def test_actions_wait_for_their_own_instruments_bars_and_for_no_others() -> None:
    halted = only(hourly("B"), [*range(10), *range(40, 60)])
    actions = [
        {"symbol": "B", "ts": START + 12 * HOUR, "split": 2},
        {"symbol": "A", "ts": START + 20 * HOUR, "dividend": 3},
    ]
    script = {2: lambda s: (s.buy(10), s.buy(10, symbol="B"))}
    result = play(script, [hourly("A"), halted], actions=actions)
    paid = [cash for cash in np.diff(result.cash_path).tolist() if cash > 0]

    assert paid == [30.0]
    assert np.flatnonzero(np.diff(result.cash_path) > 0).tolist() == [19]
    assert result.positions == {"A": 10, "B": 20}


def test_a_split_that_no_bar_follows_holds_up_no_other() -> None:
    ended = only(hourly("B"), list(range(10)))
    actions = [
        {"symbol": "B", "ts": START + 12 * HOUR, "split": 2},
        {"symbol": "A", "ts": START + 20 * HOUR, "split": 4},
    ]
    script = {2: lambda s: (s.buy(10), s.buy(10, symbol="B"))}
    result = play(script, [hourly("A"), ended], actions=actions)

    assert result.positions == {"A": 40, "B": 10}


def test_a_trail_placed_before_any_bar_starts_from_the_first_open() -> None:
    # The first bar opens at 102 and closes at 110; 2 below its open, or below what it knows later.
    rows = [(102, 111, 101, 110), (109, 109, 107.5, 108), (108, 108, 108, 108)]
    young = bars(rows, "B", timeframe="1h", start=START + 5 * HOUR)

    def ask(strategy: Any) -> None:
        strategy.sell(1, symbol="B", trail=2)

    result = play({2: ask}, [hourly("A", 8), young])

    assert fills(result) == [(6, -1, 1.0, 109.0)]  # it trails 111 from the second bar on


def test_an_order_that_another_instruments_fill_wakes_works_from_the_next_bar() -> None:
    # A's limit fills inside bar 1, whose open B's limit would pass.
    dipping = bars([(100, 100, 100, 100), (100, 100, 90, 95), (95, 95, 95, 95)], "A")
    cheap = bars([(50, 50, 50, 50), (40, 40, 40, 40), (42, 42, 42, 42)], "B")

    def ask(strategy: Any) -> None:
        strategy.buy(1, symbol="B", limit=10)  # something of B's is in the book already
        entry = strategy.buy(1, limit=92)
        strategy.buy(1, symbol="B", limit=45, parent=entry)

    result = play({0: ask}, [dipping, cheap])

    assert fills(result) == [(1, 1, 1.0, 92.0), (2, 1, 1.0, 42.0)]


def test_all_opens_come_before_what_lies_inside_any_bar() -> None:
    # There is cash for one: B's open passes its limit before A's price falls to its own.
    dipping = bars([(100, 100, 100, 100), (100, 100, 90, 95)], "A")
    cheap = bars([(50, 50, 50, 50), (40, 41, 40, 41)], "B")
    script = {0: lambda s: (s.buy(100, limit=92), s.buy(200, symbol="B", limit=45))}
    result = play(script, [dipping, cheap])

    assert fills(result) == [(1, 1, 200.0, 40.0)]
    assert ends(result) == [("rejected", "insufficient_cash"), ("filled", None)]


UP = [(100,) * 4, (100,) * 4, (130,) * 4, (140, 150, 135, 150), (150,) * 4]
DOWN = [(100,) * 4, (100,) * 4, (70,) * 4, (65, 66, 60, 60), (60,) * 4]


@pytest.mark.parametrize(
    ("script", "market", "expected"),
    [
        ({1: lambda s: s.target(size=2)}, UP, [(3, 1, 2.0, 140.0)]),
        ({1: lambda s: s.target(percent=0.7)}, UP, [(3, 1, 50.0, 140.0)]),
        ({1: lambda s: s.buy(2, stop=110)}, UP, [(3, 1, 2.0, 140.0)]),
        ({1: lambda s: s.buy(2, stop=110)}, [*UP[:3], (105,) * 4], [(3, 1, 2.0, 105.0)]),
        ({1: lambda s: s.buy(2, stop=110, limit=130)}, UP, []),
        ({1: lambda s: s.buy(2, limit=130)}, UP, []),
        ({0: lambda s: s.sell(2), 1: lambda s: s.position.close()}, UP,
         [(1, -1, 2.0, 100.0), (3, 1, 2.0, 140.0)]),
        ({0: lambda s: s.sell(2, sl=110)}, UP, [(1, -1, 2.0, 100.0), (3, 1, 2.0, 140.0)]),
        ({0: lambda s: s.buy(2, sl=90)}, DOWN, [(1, 1, 2.0, 100.0), (3, -1, 2.0, 65.0)]),
        ({0: lambda s: s.buy(2), 1: lambda s: s.target(size=0)}, DOWN,
         [(1, 1, 2.0, 100.0), (3, -1, 2.0, 65.0)]),
        # At the lower limit there is always somebody to buy from.
        ({1: lambda s: s.target(size=2)}, DOWN, [(2, 1, 2.0, 70.0)]),
    ],
)  # fmt: skip
def test_nobody_takes_the_other_side_of_a_bar_at_its_limit(
    script: Any, market: Any, expected: Any
) -> None:
    assert fills(play(script, bars(market), instruments=LIMITS, limit_fill="touch")) == expected


@pytest.mark.parametrize("tif", ["ioc", "fok"])
def test_an_immediate_order_does_not_outlive_a_bar_at_its_limit(tif: str) -> None:
    result = play({1: lambda s: s.buy(1, tif=tif)}, bars(UP), instruments=LIMITS)

    assert ends(result) == [("canceled", "not_immediately_fillable")]


def test_a_day_order_does_not_outlive_a_day_at_its_limit() -> None:
    result = play({1: lambda s: s.buy(1, tif="day")}, bars(UP), instruments=LIMITS)

    assert ends(result) == [("expired", "time_in_force")]
    assert result.orders[0].done == 3


def test_a_margin_call_ends_what_waits_with_what_it_waits_for() -> None:
    market = bars([(100,) * 4, (100,) * 4, (140,) * 4, (150,) * 4, (150,) * 4])
    script = {0: lambda s: (s.sell(90), s.buy(1, limit=50, sl=40))}
    result = play(script, market, maintenance="0.5")

    assert [reason for _, reason in ends(result)[1:3]] == ["margin_call", "parent_not_filled"]
    assert fills(result)[-1] == (4, 1, 90.0, 150.0)
