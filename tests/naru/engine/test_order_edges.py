"""Where limits, volume, brackets and budgets meet: scenes in which simulators easily differ."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.naru.engine.scenes import bars, ends, fills, flat, play, walk

SHARE = {"volume_share": 0.01}  # of 1,000 a bar: ten units


@pytest.mark.parametrize(
    ("order", "price"),
    [
        ({"limit": 101.0}, 100.9),  # the open is better, and 1 % more would be worse than the limit
        ({"limit": 101.0, "stop": 100.5}, 100.9),
        ({"limit": 104.0, "stop": 103.0}, 103.0),
    ],
)
def test_nothing_slips_beyond_a_limit(order: dict[str, float], price: float) -> None:
    market = bars([(100, 100, 100, 100), (100.9, 105, 100, 102)])
    result = play({0: lambda s: s.buy(size=1, **order)}, market, slippage_bps=100)
    assert fills(result) == [(1, 1, 1.0, price)]


def test_a_profit_that_the_open_leaps_over_does_not_slip() -> None:
    market = bars([(100, 100, 100, 100), (100, 101, 99, 100), (110, 111, 109, 110)])
    result = play({0: lambda s: s.buy(size=1, sl=90, tp=105)}, market, slippage_bps=100)
    assert fills(result) == [(1, 1, 1.0, 101.0), (2, -1, 1.0, 110.0)]
    assert result.fills[-1].maker


@pytest.mark.parametrize(("step", "commission"), [(0, 1.0), (1, 0.2)])
def test_who_has_waited_at_an_open_makes(step: int, commission: float) -> None:
    market = bars([(102, 103, 102, 102)] * 2 + [(102, 103, 102, 102), (100, 100, 100, 100)])
    order = {2 - step: lambda s: s.buy(size=1, limit=101)}
    rates = {"kind": "bps", "bps": 100, "maker_bps": 20}
    result = play(order, market, commission=[rates])
    assert [float(fill.commission) for fill in result.fills] == [commission]


def test_a_limit_that_is_moved_to_the_market_takes() -> None:
    script = {
        0: lambda s: s.buy(size=1, limit=50, tag="moved"),
        2: lambda s: s.orders[0].modify(limit=200),
    }
    rates = {"kind": "bps", "bps": 100, "maker_bps": 20}
    (fill,) = play(script, flat(5), commission=[rates]).fills
    assert (fill.step, float(fill.commission), fill.maker) == (3, 1.0, False)


def test_what_the_volume_leaves_of_a_stop_goes_to_the_next_open() -> None:
    market = bars([(100, 100, 100, 100), (100, 106, 100, 101), (102, 103, 101, 102)])
    result = play({0: lambda s: s.buy(size=15, stop=105)}, market, **SHARE)
    assert fills(result) == [(1, 1, 10.0, 105.0), (2, 1, 5.0, 102.0)]


def test_a_triggered_stop_limit_is_a_limit_like_others() -> None:
    market = bars([(100, 100, 100, 100), (103, 104, 101, 101), (101, 108, 101, 104)])

    def ask(strategy: Any) -> None:
        strategy.sell(size=1, stop=99, limit=107)  # never triggered
        strategy.buy(size=1, stop=103, limit=90)  # triggered at once, and far away
        strategy.sell(size=1, stop=101.5, limit=106)
        strategy.sell(size=1, limit=105)

    assert fills(play({0: ask}, market)) == [(2, -1, 1.0, 105.0), (2, -1, 1.0, 106.0)]


@pytest.mark.parametrize(("rule", "step"), [("touch", 1), ("through", 2)])
def test_a_close_at_its_limit_proves_a_stop_limit_a_touch_and_no_more(rule: str, step: int) -> None:
    market = bars([(100,) * 4, (100, 106, 98, 103), (104, 104, 102, 104)])
    result = play({0: lambda s: s.buy(1, stop=105, limit=103)}, market, limit_fill=rule)

    assert fills(result) == [(step, 1, 1.0, 103.0)]


def test_a_triggered_stop_limit_waits_for_the_next_bar_whatever_else_fills_in_this_one() -> None:
    # It closes at 104: that the price was at 103 after 105 is not known, as it was before.
    market = bars([(100,) * 4, (100, 106, 98, 104), (104, 104, 104, 104), (104, 104, 102, 104)])
    script = {0: lambda s: (s.buy(1, stop=105, limit=103), s.buy(1, limit=99))}

    assert fills(play(script, market)) == [(1, 1, 1.0, 99.0), (3, 1, 1.0, 103.0)]


def test_the_bracket_of_an_order_that_only_closes_goes_with_the_position() -> None:
    script = {
        0: lambda s: s.sell(size=5),
        1: lambda s: s.buy(size=5, sl=90, tp=120),
        2: lambda s: s.buy(size=1),
    }
    market = bars([(100, 100, 100, 100)] * 4 + [(95, 95, 85, 90)])
    result = play(script, market)
    assert ends(result)[1:4] == [
        ("filled", None), ("canceled", "position_closed"), ("canceled", "position_closed")
    ]  # fmt: skip
    assert float(result.positions["X"]) == 1.0


def test_an_entry_that_turns_a_position_in_parts_keeps_its_bracket() -> None:
    script = {0: lambda s: s.sell(size=10), 1: lambda s: s.buy(size=25, sl=90)}
    market = bars([(100, 100, 100, 100)] * 5 + [(95, 95, 85, 90)] * 2)
    result = play(script, market, **SHARE)
    assert fills(result)[1:] == [
        (2, 1, 10.0, 100.0), (3, 1, 10.0, 100.0), (4, 1, 5.0, 100.0),
        (5, -1, 10.0, 90.0), (6, -1, 5.0, 95.0),
    ]  # fmt: skip
    assert result.positions == {}


@pytest.mark.parametrize(("rule", "count"), [("through", 1), ("touch", 2)])
def test_a_close_at_the_profit_proves_a_touch_and_no_more(rule: str, count: int) -> None:
    market = bars([(100, 100, 100, 100), (100, 103, 95, 101)])
    result = play({0: lambda s: s.buy(size=1, limit=96, tp=101)}, market, limit_fill=rule)
    assert len(result.fills) == count


@pytest.mark.parametrize("rules", [{}, {"*": {"lot": 1}}])  # without and with the book
@pytest.mark.parametrize(
    ("rule", "intrabar", "price", "ambiguous"),
    [
        ("touch", "pessimistic", 96, 1), ("touch", "optimistic", 105, 1),
        ("through", "pessimistic", 96, 0), ("through", "optimistic", 96, 0),
    ],
)  # fmt: skip
def test_a_high_at_the_profit_itself_counts_where_a_touch_does(
    rule: str, intrabar: str, price: float, ambiguous: int, rules: dict[str, Any]
) -> None:
    market = bars([(100,) * 4, (100,) * 4, (100, 105, 95, 100)])
    result = play({0: lambda s: s.buy(1, sl=96, tp=105)}, market, limit_fill=rule,
                  intrabar=intrabar, instruments=rules)  # fmt: skip

    assert fills(result)[1:] == [(2, -1, 1.0, price)]
    assert result.ambiguous_bars == ambiguous


def test_what_was_canceled_makes_no_bar_ambiguous() -> None:
    def enter(s: Any) -> None:
        s.kept["entry"] = s.buy(1, sl=96, tp=105)

    market = bars([(100,) * 4, (100,) * 4, (100, 106, 95, 100)])
    result = play({0: enter, 1: lambda s: s.kept["entry"].tp.cancel()}, market)

    assert fills(result)[1:] == [(2, -1, 1.0, 96.0)]
    assert result.ambiguous_bars == 0


def test_an_order_at_the_opens_own_price_fills_inside_the_bar() -> None:
    # The price went through 100 at some time: whether the low came before is not known.
    market = bars([(98, 98, 98, 98), (100, 101, 95, 100), (100, 100, 99, 100), (98, 99, 97, 98)])
    result = play({0: lambda s: s.sell(size=1, limit=100, sl_trail=3)}, market)
    assert fills(result) == [(1, -1, 1.0, 100.0)]


def test_a_trail_that_wakes_in_a_finer_bar_has_not_seen_the_highs_before() -> None:
    coarse = bars([(100, 100, 100, 100), (100, 110, 95, 97), (97, 98, 96, 97)], timeframe="1d")
    halves = bars(
        [(100, 100, 100, 100)] * 2
        + [(100, 110, 100, 109), (96, 99, 95, 97)]
        + [(97, 98, 96, 97)] * 2,
        timeframe="12h",
    )
    result = play({0: lambda s: s.buy(size=1, limit=98, sl_trail=5)}, [coarse, halves])
    assert fills(result) == [(1, 1, 1.0, 96.0)]


def test_a_stop_limit_that_a_finer_bar_triggers_fills_in_the_next() -> None:
    coarse = bars([(100, 100, 100, 100), (100, 106, 98, 103), (104, 104, 104, 104)])
    halves = bars(
        [(100, 100, 100, 100)] * 2 + [(100, 106, 100, 105), (105, 105, 98, 103)] + [(104,) * 4] * 2,
        timeframe="12h",
    )
    result = play({0: lambda s: s.buy(size=1, stop=105, limit=102)}, [coarse, halves])
    assert fills(result) == [(1, 1, 1.0, 102.0)]


def test_a_trail_that_another_symbol_wakes_trails_its_own_prices() -> None:
    def ask(strategy: Any) -> None:
        strategy.buy(size=1, symbol="B")

    def protect(strategy: Any) -> None:
        first = strategy.buy(size=1)
        strategy.sell(size=1, symbol="B", trail=2, parent=first, reduce_only=True)

    dear, cheap = flat(5, 100.0, symbol="A"), flat(5, 10.0, symbol="B")
    result = play({0: ask, 1: protect}, [dear, cheap])
    assert [(fill.symbol, fill.side) for fill in result.fills] == [(1, 1), (0, 1)]


COSTS: dict[str, Any] = {
    "plain": {"commission_bps": 10},
    "minimums": {
        "commission_bps": 7.5, "commission": [{"kind": "per_unit", "per_unit": 0.01, "minimum": 2}]
    },
    "both": {
        "commission": [
            {"kind": "bps", "bps": 20, "minimum": 1},
            {"kind": "per_unit", "per_unit": 0.02, "minimum": 5},
        ],
    },
    "ticks": {"slippage_bps": 3, "instruments": {"X": {"tick": 0.5}}},
    "taxes": {
        "taxes": [{"kind": "dated", "side": "both", "rates": [["2020-01-01", 30]]}],
        "slippage": [{"kind": "fixed", "amount": 0.07}],
    },
}  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    costs=st.sampled_from(sorted(COSTS)), budget=st.integers(20, 9_000), price=st.integers(2, 400),
    limit=st.booleans(),
)  # fmt: skip
def test_a_budget_is_spent_and_not_more(costs: str, budget: int, price: int, limit: bool) -> None:
    wish = {"value": float(budget), "limit": price + 0.5 if limit else None}
    result = play({0: lambda s: s.buy(**wish)}, flat(3, float(price)), **COSTS[costs])
    spent = sum(float(fill.price * fill.quantity + fill.commission) for fill in result.fills)
    assert budget * (1 - 1e-6) - 1e-5 < spent <= budget * (1 + 1e-9) + 1e-7


def test_a_post_only_order_with_an_end_is_judged_at_its_first_open_alone() -> None:
    market = bars([(100, 100, 100, 100)] * 2 + [(98, 98, 98, 98)])
    ask = {0: lambda s: s.buy(size=1, limit=99, post_only=True, tif="gtd", until="2024-06-01")}
    assert fills(play(ask, market)) == [(2, 1, 1.0, 98.0)]


def test_random_bars_never_fill_limits_worse_than_asked() -> None:
    market = walk(200, seed=3)

    def ask(strategy: Any) -> None:
        close = strategy.data.close[-1]
        strategy.buy(size=1, limit=close * 0.999, tif="day")
        strategy.sell(size=1, stop=close * 0.998, limit=close * 0.997)

    result = play(dict.fromkeys(range(199), ask), market, slippage_bps=40, leverage=50)
    limits = {order.id: order.limit for order in result.orders}
    assert len(result.fills) > 100
    for fill in result.fills:
        assert fill.side * (float(fill.price) - limits[fill.order_id]) <= 1e-9
