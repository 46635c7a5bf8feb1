"""Limits, stops and brackets, on scenes worked out by hand."""

import math

import pytest

from naru import Strategy
from naru.engine.config import RunConfig
from naru.engine.replay import replay
from naru.errors import OrderArgumentError
from tests.naru.engine.scenes import WIDE, bars, ends, fills, flat, perform, play, scripted, walk


def test_a_limit_fills_at_its_price_when_the_bar_trades_through() -> None:
    result = play({0: lambda s: s.buy(1, limit=96)}, WIDE)

    assert fills(result) == [(1, 1, 1.0, 96.0)]


@pytest.mark.parametrize(("rule", "count"), [("through", 0), ("touch", 1)])
def test_a_limit_that_is_just_touched_fills_by_option_only(rule: str, count: int) -> None:
    market = bars([(100, 101, 99, 100), (100, 101, 95, 97), (97, 98, 96, 97)])
    result = play({0: lambda s: s.buy(1, limit=95)}, market, limit_fill=rule)

    assert len(result.fills) == count


def test_a_bar_that_opens_beyond_a_limit_fills_it_at_the_open() -> None:
    result = play({0: lambda s: s.buy(1, limit=99), 1: lambda s: s.sell(1, limit=103)}, WIDE)

    assert fills(result) == [(1, 1, 1.0, 99.0), (2, -1, 1.0, 104.0)]


def test_a_stop_fills_at_its_price_when_touched() -> None:
    result = play({0: lambda s: s.buy(1, stop=106)}, WIDE)

    assert fills(result) == [(1, 1, 1.0, 106.0)]


def test_a_bar_that_gaps_beyond_a_stop_fills_it_at_the_open() -> None:
    result = play({0: lambda s: s.buy(1), 2: lambda s: s.sell(1, stop=100)}, WIDE)

    assert fills(result)[1] == (3, -1, 1.0, 98.0)


def test_slippage_hits_stops_but_not_resting_limits() -> None:
    script = {0: lambda s: (s.buy(1, limit=96), s.buy(1, stop=106))}
    result = play(script, WIDE, slippage_bps=100)

    assert fills(result) == [(1, 1, 1.0, 107.06), (1, 1, 1.0, 96.0)]


def test_a_stop_limit_waits_at_its_limit_once_triggered() -> None:
    market = bars([(100, 101, 99, 100), (104, 106, 103, 105), (105, 106, 101, 105)])
    result = play({0: lambda s: s.buy(1, stop=103, limit=102)}, market)

    assert fills(result) == [(2, 1, 1.0, 102.0)]


def test_a_stop_limit_fills_at_once_when_its_limit_allows() -> None:
    result = play({0: lambda s: s.buy(1, stop=105, limit=106)}, WIDE)

    assert fills(result) == [(1, 1, 1.0, 105.0)]


def test_stop_loss_and_take_profit_in_one_bar_take_the_stop_and_are_counted() -> None:
    market = bars([(100, 100, 100, 100), (100, 101, 99, 100), (100, 106, 95, 103)])
    result = play({0: lambda s: s.buy(1, sl=96, tp=105)}, market)

    assert fills(result) == [(1, 1, 1.0, 100.0), (2, -1, 1.0, 96.0)]
    assert ends(result) == [
        ("filled", None), ("filled", None), ("canceled", "oco_sibling_filled")
    ]  # fmt: skip
    assert result.ambiguous_bars == 1


def test_the_optimist_takes_the_profit() -> None:
    market = bars([(100, 100, 100, 100), (100, 101, 99, 100), (100, 106, 95, 103)])
    result = play({0: lambda s: s.buy(1, sl=96, tp=105)}, market, intrabar="optimistic")

    assert fills(result)[1] == (2, -1, 1.0, 105.0)


def test_a_bracket_is_alive_in_its_entry_bar() -> None:
    result = play({0: lambda s: s.buy(1, sl=96)}, WIDE)

    assert fills(result) == [(1, 1, 1.0, 100.0), (1, -1, 1.0, 96.0)]


def test_a_profit_before_a_limit_entry_does_not_count() -> None:
    # The bar rises to 106 and falls to 95; whether 105 came after the entry at 96, nobody knows.
    market = bars([(100, 100, 100, 100), (100, 106, 95, 97), (97, 98, 97, 98)])
    result = play({0: lambda s: s.buy(1, limit=96, tp=105)}, market)

    assert fills(result) == [(1, 1, 1.0, 96.0)]
    assert result.ambiguous_bars == 1


def test_a_profit_that_the_close_proves_counts() -> None:
    market = bars([(100, 100, 100, 100), (100, 107, 95, 106), (106, 107, 105, 106)])
    result = play({0: lambda s: s.buy(1, limit=96, tp=105)}, market)

    assert fills(result) == [(1, 1, 1.0, 96.0), (1, -1, 1.0, 105.0)]


def test_a_stop_entry_on_the_way_up_takes_its_profit_further_up() -> None:
    market = bars([(100, 100, 100, 100), (100, 107, 99, 101), (101, 102, 100, 101)])
    result = play({0: lambda s: s.buy(1, stop=102, tp=105)}, market)

    assert fills(result) == [(1, 1, 1.0, 102.0), (1, -1, 1.0, 105.0)]


def test_short_brackets_mirror_long_ones() -> None:
    result = play({0: lambda s: s.sell(1, sl=105, tp=96)}, WIDE)

    assert fills(result) == [(1, -1, 1.0, 100.0), (1, 1, 1.0, 105.0)]
    assert result.ambiguous_bars == 1


def test_closing_a_position_cancels_its_bracket() -> None:
    result = play({0: lambda s: s.buy(1, sl=50, tp=150), 1: lambda s: s.position.close()}, flat(4))

    assert [reason for _, reason in ends(result)] == [
        None, "position_closed", "position_closed", None
    ]  # fmt: skip


def test_a_bracket_dies_with_its_entry() -> None:
    script = {0: lambda s: s.buy(1, limit=50, sl=40), 1: lambda s: s.orders[0].cancel()}
    result = play(script, flat(4))

    assert ends(result) == [("canceled", "canceled_by_strategy"), ("canceled", "parent_not_filled")]


def test_one_order_cancels_the_other() -> None:
    def both(s):
        first = s.buy(1, limit=96)
        s.buy(1, stop=110, oco=first)

    result = play({0: both}, WIDE)

    assert ends(result) == [("filled", None), ("canceled", "oco_sibling_filled")]


def test_an_order_that_was_filled_excludes_those_that_name_it_later() -> None:
    kept = []
    script = {
        0: lambda s: kept.append(s.buy(1)),
        1: lambda s: s.sell(1, stop=90, tp=80, oco=kept[0]),
    }
    result = play(script, flat(4))

    assert ends(result) == [
        ("filled", None), ("canceled", "oco_sibling_filled"), ("canceled", "parent_not_filled")
    ]  # fmt: skip


def test_one_order_wakes_the_other() -> None:
    def chain(s):
        entry = s.buy(1, limit=96)
        s.sell(1, limit=104.5, parent=entry)

    result = play({0: chain}, WIDE)

    # The parent fills within bar 1; its 104.5 may have come before, so bar 2 counts.
    assert fills(result) == [(1, 1, 1.0, 96.0), (2, -1, 1.0, 104.5)]


RALLY = bars(
    [(100, 100, 100, 100), (100, 104, 100, 104), (104, 110, 103, 109), (109, 109, 104, 104),
     (104, 105, 103, 104)]
)  # fmt: skip


def test_a_trailing_stop_follows_the_highs_of_past_bars() -> None:
    result = play({0: lambda s: (s.buy(1), s.sell(1, trail=5))}, RALLY)

    assert fills(result)[1] == (3, -1, 1.0, 105.0)  # 110 was seen in bar 2


def test_a_trailing_stop_may_be_a_fraction() -> None:
    result = play({0: lambda s: (s.buy(1), s.sell(1, trail_percent=0.04))}, RALLY)

    assert fills(result)[1] == (3, -1, 1.0, 105.6)


def test_a_trailing_stop_that_a_fill_wakes_trails_the_fill() -> None:
    def chain(s):
        s.sell(1, trail=5, parent=s.buy(1))

    falling = bars([(100, 100, 100, 100), (100, 101, 94, 90), (90, 91, 89, 90)])

    assert fills(play({0: chain}, falling))[1] == (1, -1, 1.0, 95.0)
    assert fills(play({0: chain}, RALLY))[1] == (3, -1, 1.0, 105.0)


def test_a_brackets_stop_may_trail() -> None:
    result = play({0: lambda s: s.buy(1, sl_trail=5, tp=200)}, RALLY)

    assert fills(result)[1] == (3, -1, 1.0, 105.0)
    assert ends(result)[1:] == [("filled", None), ("canceled", "oco_sibling_filled")]
    assert [order.kind for order in result.orders] == [0, 4, 1]
    assert math.isnan(result.orders[1].stop)


def test_a_brackets_stop_may_trail_by_a_fraction_and_fill_in_its_entry_bar() -> None:
    falling = bars([(100, 100, 100, 100), (100, 101, 94, 90), (90, 91, 89, 90)])

    assert fills(play({0: lambda s: s.buy(1, sl_trail_percent=0.04)}, RALLY))[1][3] == 105.6
    assert fills(play({0: lambda s: s.buy(1, sl_trail=5)}, falling))[1] == (1, -1, 1.0, 95.0)
    assert fills(play({0: lambda s: s.sell(1, sl_trail=3)}, RALLY))[1][1] == 1


@pytest.mark.parametrize(
    "arguments",
    [{"sl_trail": 5, "sl": 90}, {"sl_trail": 5, "sl_trail_percent": 0.1},
     {"sl_trail": 5, "trail": 5}, {"sl_trail_percent": 2}, {"sl_trail": -1}],
)  # fmt: skip
def test_one_stop_loss_is_enough(arguments: dict[str, float]) -> None:
    with pytest.raises(OrderArgumentError):
        play({0: lambda s: s.buy(1, **arguments)}, RALLY)


def test_two_that_exclude_each_other_within_one_bar() -> None:
    market = bars([(100,) * 4, (100,) * 4, (100, 110, 90, 104), (104,) * 4])

    def limits(s):
        s.sell(1, limit=106, oco=s.buy(1, limit=95))

    def stops(s):
        s.sell(1, stop=97, oco=s.buy(1, stop=108))

    # Of two limits, and of two stops, what lies nearer to the open of 100 is met first.
    assert fills(play({1: limits}, market)) == [(2, 1, 1.0, 95.0)]
    assert fills(play({1: stops}, market)) == [(2, -1, 1.0, 97.0)]
    assert play({1: stops}, market).ambiguous_bars == 1


def test_a_trailing_fraction_that_the_open_jumps_over_fills_at_the_open() -> None:
    market = bars([(100,) * 4, (100, 120, 100, 118), (107, 110, 90, 92), (92,) * 4])
    result = play({0: lambda s: (s.buy(10), s.sell(10, trail_percent=0.1))}, market)

    # A tenth below the high of 120 is 108; the next day opens at 107 already.
    assert fills(result) == [(1, 1, 10.0, 100.0), (2, -1, 10.0, 107.0)]
    assert result.cash == 10_070


def test_prices_off_the_tick_are_rejected() -> None:
    result = play({0: lambda s: s.buy(1, limit=96.03)}, WIDE, instruments={"X": {"tick": "0.05"}})

    assert ends(result) == [("rejected", "not_a_multiple_of_tick")]


def test_a_grid_of_limits_fills_nearest_first() -> None:
    script = {0: lambda s: [s.buy(30, limit=price) for price in (96, 98, 97)]}
    result = play(script, WIDE, cash=5_900)

    assert fills(result) == [(1, 1, 30.0, 98.0), (1, 1, 30.0, 97.0)]
    assert ends(result)[0] == ("rejected", "insufficient_cash")


def test_orders_know_their_state() -> None:
    seen = []

    def look(s):
        seen.append([(o.kind, o.status, o.limit, o.stop, o.tag) for o in s.orders])

    script = {0: lambda s: s.buy(1, sl=90, tp=120, tag="entry"), 1: look}
    scripted_result = play(script, flat(3))

    assert seen == [
        [("stop", "working", None, 90.0, "entry"), ("limit", "working", 120.0, None, "entry")]
    ]
    assert [scripted_result.tag_of(order.id) for order in scripted_result.orders] == ["entry"] * 3


def test_an_order_is_itself_wherever_it_is_read() -> None:
    seen = []

    def place(s):
        s.kept["first"] = s.buy(1, limit=50)
        s.buy(1, limit=51)

    def compare(s):
        seen.append([order == s.kept["first"] for order in s.orders])
        seen.append(s.kept["first"] in set(s.orders))

    play({0: place, 1: compare}, flat(3))

    assert seen == [[True, False], True]


def test_a_strategy_is_told_of_fills_and_orders() -> None:
    told = []

    class Listening(scripted({0: lambda s: s.buy(1, sl=96), 1: lambda s: s.buy(500)})):
        def on_fill(self, fill):
            told.append((len(self.data) - 1, fill.side, fill.price))

        def on_order(self, order):
            told.append((len(self.data) - 1, order.status, order.reason))

    perform(Listening, WIDE)

    assert told == [
        (1, "buy", 100.0), (1, "sell", 96.0), (1, "filled", None), (1, "filled", None),
        (2, "rejected", "insufficient_cash"),
    ]  # fmt: skip


COARSE = bars([(100, 100, 100, 100), (100, 106, 95, 103), (103, 103, 103, 103)], timeframe="1h")


def finer(*rows):
    """Make quarter-hour bars of which those given fill the second hour."""
    still = [(100, 100, 100, 100)] * 4
    return bars([*still, *rows, *[(103, 103, 103, 103)] * 4], timeframe="15m")


UP_FIRST = finer((100, 106, 99, 105), (105, 105, 98, 98), (98, 98, 95, 97), (97, 103, 97, 103))
DOWN_FIRST = finer(
    (100, 101, 95, 97), (97, 102, 97, 102), (102, 106, 102, 105), (105, 105, 103, 103)
)


@pytest.mark.parametrize(("fine", "price"), [(UP_FIRST, 105.0), (DOWN_FIRST, 96.0)])
def test_finer_bars_decide_which_came_first(fine, price: float) -> None:
    result = play({0: lambda s: s.buy(1, sl=96, tp=105)}, [COARSE, fine])

    assert fills(result) == [(1, 1, 1.0, 100.0), (1, -1, 1.0, price)]
    assert result.ambiguous_bars == 0
    assert result.symbols == ("X",)


def test_finer_bars_know_what_came_after_an_entry() -> None:
    result = play({0: lambda s: s.buy(1, limit=97, tp=104)}, [COARSE, DOWN_FIRST])

    assert fills(result) == [(1, 1, 1.0, 97.0), (1, -1, 1.0, 104.0)]


def test_a_bar_without_finer_ones_is_met_as_it_is() -> None:
    first_hour_alone = flat(4, timeframe="15m")
    result = play({0: lambda s: s.buy(1, sl=96, tp=105)}, [COARSE, first_hour_alone])

    assert fills(result) == [(1, 1, 1.0, 100.0), (1, -1, 1.0, 96.0)]
    assert result.ambiguous_bars == 1


def test_a_symbol_given_twice_at_one_timeframe_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        play({}, [COARSE, COARSE])


def test_a_bracket_on_the_wrong_side_of_its_entry_is_rejected() -> None:
    for wrong in (
        lambda s: s.buy(1, sl=100),  # the newest close
        lambda s: s.buy(1, tp=100),
        lambda s: s.buy(1, sl=90, tp=99),
        lambda s: s.sell(1, sl=99),
        lambda s: s.sell(1, sl=110, tp=101),
        lambda s: s.buy(1, limit=95, sl=96),
        lambda s: s.buy(1, stop=105, tp=104),
        lambda s: s.buy(1, stop=105, limit=103, sl=104),
        lambda s: s.buy(risk=0.01, sl=101),
    ):
        result = play({0: wrong}, WIDE)
        assert result.orders[0].reason == "bracket_on_wrong_side"
        assert {order.reason for order in result.orders[1:]} == {"parent_not_filled"}
        assert result.cash == 10_000


def test_brackets_are_judged_by_their_entrys_own_price() -> None:
    script = {0: lambda s: (s.buy(1, limit=95.5, sl=95.2, tp=99), s.buy(1, stop=105, sl=101))}
    assert [order.reason for order in play(script, WIDE).orders if order.parent < 0] == [None, None]


def test_a_bracket_that_the_open_leaps_over_is_met_there() -> None:
    result = play({2: lambda s: s.buy(1, sl=99)}, WIDE)
    assert fills(result) == [(3, 1, 1.0, 98.0), (3, -1, 1.0, 98.0)]


def test_brackets_of_entries_whose_price_is_unknown_are_taken() -> None:
    def ask(s: Strategy) -> None:
        first = s.buy(1, stop=104)
        s.buy(1, parent=first, sl=102)
        s.buy(1, trail=5, sl=101)

    orders = [order for order in play({0: ask}, WIDE).orders if not order.is_bracket]
    assert [order.status for order in orders] == ["filled", "filled", "filled"]


@pytest.mark.parametrize(
    ("pairing", "average", "paired"),
    [
        ("entry", 100, [(1, 104, 96, "second"), (1, 100, 110, "first")]),
        ("fifo", 104, [(1, 100, 96, "first"), (1, 104, 110, "second")]),
    ],
)
def test_a_bracket_ends_the_entry_that_it_came_with(
    pairing: str, average: float, paired: list[tuple[float, float, float, str]]
) -> None:
    averages = []
    market = bars(
        [(100, 101, 99, 100), (100, 104, 99, 103), (104, 105, 95, 97), (98, 111, 97, 110)]
    )
    script = {
        0: lambda s: s.buy(1, sl=90, tp=110, tag="first"),
        1: lambda s: s.buy(1, sl=96, tp=120, tag="second"),
        2: lambda s: averages.append(s.position.avg_price),
    }

    result = play(script, market, pairing=pairing)

    assert averages == [average]
    assert [
        (
            float(each.size),
            float(each.entry_price),
            float(each.exit_price),
            result.tag_of(each.order_id),
        )
        for each in result.trades
    ] == paired


class Ladder(Strategy):
    """Buys at limits near the market, again and again."""

    def on_bar(self):
        if len(self.data) % 5 == 0:
            self.buy(0.01, limit=self.data.close[-1])


def test_a_replay_can_be_ended_from_within() -> None:
    """As a host must: orders that nobody ran may wait by the hundred thousand."""
    market = walk(500)
    log = perform(Ladder, market)[0].orders
    pulses: list[None] = []

    def pulse() -> None:
        pulses.append(None)
        if len(pulses) == 20:
            raise TimeoutError

    whole: list[None] = []
    replay([market], log, RunConfig(), lambda: whole.append(None))
    with pytest.raises(TimeoutError):
        replay([market], log, RunConfig(), pulse)
    assert len(pulses) == 20 < len(whole)
