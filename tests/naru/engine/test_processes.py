"""Financing, corporate actions, margin calls and price limits, worked out by hand."""

from decimal import Decimal
from typing import Any

import pytest

from naru import Strategy
from naru.account import Fill
from naru.engine.config import RunConfig
from naru.engine.instruments import KRX_SHARE
from naru.engine.ticks import on_tick
from tests.naru.engine.scenes import START, bars, ends, fills, flat, perform, play, scripted

DAY = 86_400_000_000_000


def test_borrow_cost_accrues_by_calendar_days() -> None:
    result = play({0: lambda s: s.sell(10)}, flat(5), borrow_bps=365)

    # Short 1,000 from day 1; 0.01 % a day is taken at the opens of days 2, 3 and 4.
    assert result.costs["borrow"] == Decimal("0.3")
    assert result.cash == Decimal("10999.7")


def test_borrow_cost_counts_days_that_the_bars_skip() -> None:
    market = bars([(100, 100, 100, 100)] * 4, timeframe="1w")
    result = play({0: lambda s: s.sell(10)}, market, borrow_bps=365)

    assert result.costs["borrow"] == Decimal("1.4")  # twice seven days


def test_negative_cash_pays_interest() -> None:
    result = play({0: lambda s: s.buy(percent=2.0)}, flat(4), leverage=2, debit_bps=365)

    assert result.costs["interest"] == Decimal("2.0001")  # 1.0 on 10,000, then on 10,001


def test_funding_goes_from_longs_to_shorts() -> None:
    market = flat(25, timeframe="1h")
    long = play({0: lambda s: s.buy(10)}, market, funding_bps=1)
    short = play({0: lambda s: s.sell(10)}, market, funding_bps=1)

    assert long.costs["funding"] == Decimal("0.3")  # at 08:00, 16:00 and 24:00
    assert short.costs["funding"] == Decimal("-0.3")


def test_a_split_changes_units_prices_and_working_orders() -> None:
    market = bars(
        [(100, 100, 100, 100)] * 3 + [(25, 26, 24, 25), (25, 31, 24, 30), (30, 30, 30, 30)]
    )
    actions = [{"symbol": "X", "ts": START + 3 * DAY, "split": 4}]
    result = play({0: lambda s: s.buy(10, tp=120)}, market, actions=actions)

    assert fills(result) == [(1, 1, 10.0, 100.0), (4, -1, 40.0, 30.0)]
    (trade,) = result.trades
    assert (trade.size, trade.entry_price, trade.pnl) == (40, 25, 200)
    assert result.equity.tolist() == [10_000.0] * 4 + [10_200.0] * 2


SPLIT = [{"symbol": "X", "ts": START + 3 * DAY, "split": 4}]
SPLIT_BARS = bars([(100, 100, 100, 100)] * 3 + [(25, 25, 25, 25)] * 2)


def test_a_split_is_no_reason_for_a_margin_call() -> None:
    # Were the close before, 100, taken for one of the 240 new units, 14,000 would be missing.
    result = play({0: lambda s: s.sell(60)}, SPLIT_BARS, actions=SPLIT)

    assert fills(result) == [(1, -1, 60.0, 100.0)]
    assert result.positions == {"X": -240}
    assert result.equity.tolist() == [10_000.0] * 5


def test_a_merger_of_units_hides_no_margin_call() -> None:
    # 180 units bought with 8,000 of debt: at 55 equity is 1,900, less than a quarter of 9,900.
    market = bars([(100,) * 4, (100,) * 4, (100, 100, 55, 55), (220,) * 4, (220,) * 4])
    actions = [{"symbol": "X", "ts": START + 3 * DAY, "split": "0.25"}]
    result = play({0: lambda s: s.buy(180)}, market, leverage=2, maintenance="0.25",
                  actions=actions)  # fmt: skip

    assert fills(result)[1] == (3, -1, 45.0, 220.0)
    assert result.cash == 1_900


def test_the_day_of_a_split_costs_no_more_to_borrow_than_others() -> None:
    result = play({0: lambda s: s.sell(10)}, SPLIT_BARS, actions=SPLIT, borrow_bps=365)

    assert result.costs["borrow"] == Decimal("0.3")  # a ten-thousandth of 1,000, three times


def test_a_bracket_closes_all_that_its_entry_fills_before_and_after_a_split() -> None:
    # Two units a bar: 2 at 100, then 4 and 4 at 50, which were 2 and 2, and the rest at 45.
    market = bars(
        [(100, 100, 100, 100, 4)] * 2 + [(50, 50, 50, 50, 8)] * 2 + [(45, 45, 40, 45, 1000)] * 2
    )
    actions = [{"symbol": "X", "ts": START + 2 * DAY, "split": 2}]
    result = play({0: lambda s: s.buy(10, sl=90)}, market, volume_share="0.5", actions=actions)

    assert fills(result) == [
        (1, 1, 2.0, 100.0), (2, 1, 4.0, 50.0), (3, 1, 4.0, 50.0), (4, 1, 8.0, 45.0),
        (4, -1, 20.0, 45.0),
    ]  # fmt: skip
    assert result.positions == {}


def test_a_trailing_stop_remembers_the_best_price_before_a_split() -> None:
    # The high of 120 is one of 30 in the new units: a tenth below it is 27, where day 4 passes.
    market = bars(
        [(100,) * 4, (100, 100, 100, 100), (100, 120, 100, 118), (30, 30, 28, 29),
         (29, 29, 26, 28), (28,) * 4]
    )  # fmt: skip
    script = {0: lambda s: (s.buy(10), s.sell(40, trail_percent=0.1, reduce_only=True))}
    result = play(script, market, actions=SPLIT)

    assert fills(result) == [(1, 1, 10.0, 100.0), (4, -1, 40.0, 27.0)]


def test_a_split_that_does_not_come_out_even_leaves_no_crumbs() -> None:
    actions = [{"symbol": "X", "ts": START + 3 * DAY, "split": "0.3333333333"}]
    market = bars([(90, 90, 90, 90)] * 3 + [(270, 270, 270, 270)] * 4)
    script = {
        0: lambda s: (s.buy(4), s.buy(3)), 1: lambda s: s.buy(3), 4: lambda s: s.position.close()
    }  # fmt: skip
    result = play(script, market, actions=actions)

    assert [float(trade.size) for trade in result.trades] == [1.33333333, 1.0, 1.0]
    assert not any(trade.is_open for trade in result.trades)
    # 900 were paid, and 3.33333333 units at 270 came back: what was rounded off is a loss.
    assert result.cash == Decimal("9999.9999991")
    assert round(sum(trade.pnl for trade in result.trades), 20) == Decimal("-9E-7")


WHOLE = {"X": {"lot": 1}}
THREE_FOR_TWO = [{"symbol": "X", "ts": START + 3 * DAY, "split": "1.5"}]
THREE_FOR_TWO_BARS = bars(
    [(60, 60, 60, 60)] * 3 + [(41, 42, 40, 40), (40, 40, 40, 40), (40, 40, 29, 30)]
)


@pytest.mark.parametrize("way", [1, -1])
def test_what_a_split_leaves_of_a_unit_is_paid_in_cash(way: int) -> None:
    told: list[Any] = []

    class Holding(scripted({0: lambda s: s.target(size=way * 7, tag="in")})):
        def on_fill(self, fill: Fill) -> None:
            told.append((fill.side, fill.size, fill.price, fill.commission, fill.tag))

    _, result = perform(
        Holding, THREE_FOR_TWO_BARS, instruments=WHOLE, actions=THREE_FOR_TWO, commission_bps=100
    )

    # 7 become 10.5; half a unit goes at the open of the split's day, without commission.
    assert fills(result) == [(1, way, 7.0, 60.0), (3, -way, 0.5, 41.0)]
    assert told[1] == ("sell" if way > 0 else "buy", 0.5, 41.0, 0.0, "cash_in_lieu")
    assert result.positions == {"X": way * 10}
    assert result.cash == Decimal(10_000) - way * 420 - Decimal("4.2") + way * Decimal("20.5")
    assert [(order.status, order.reason) for order in result.orders] == [
        ("filled", None),
        ("filled", "cash_in_lieu"),
    ]
    assert [float(trade.size) for trade in result.trades] == [0.5, 10.0]
    assert result.tag_of(-1) == "cash_in_lieu"


def test_each_fraction_that_is_paid_has_an_order_of_its_own() -> None:
    actions = [*THREE_FOR_TWO, {"symbol": "X", "ts": START + 5 * DAY, "split": "1.25"}]
    script = {0: lambda s: s.buy(7, tag="in")}
    result = play(script, THREE_FOR_TWO_BARS, instruments=WHOLE, actions=actions)

    # 10.5 become 10, and these 12.5.
    assert [(fill.order_id, float(fill.quantity)) for fill in result.fills] == [
        (0, 7.0), (-1, 0.5), (-2, 0.5),
    ]  # fmt: skip
    assert [(order.id, order.done) for order in result.orders] == [(0, 1), (-1, 3), (-2, 5)]
    assert result.positions == {"X": 12}


def test_orders_are_of_whole_units_after_a_split() -> None:
    script = {
        0: lambda s: (s.buy(7, sl=45), s.buy(9, sl=45)),  # 10.5 and 13.5: 24 in all
        1: lambda s: (s.buy(5, limit=46.5), s.sell(3, limit=90)),
    }
    result = play(script, THREE_FOR_TWO_BARS, instruments=WHOLE, actions=THREE_FOR_TWO)

    # The stops, now at 30, sell all that they may: 11 and 13. 5 at 46.50 have become 7 at 31.
    assert fills(result)[2:] == [(5, -1, 11.0, 30.0), (5, -1, 13.0, 30.0), (5, 1, 7.0, 31.0)]
    assert [order.size for order in result.orders if order.limit == 60] == [4]


def test_orders_are_of_whole_lots_after_a_split_where_lots_are_less_than_a_unit() -> None:
    script = {
        0: lambda s: (s.buy(7.5), s.buy(3.5, limit=48), s.sell(3.5, limit=66, reduce_only=True))
    }
    result = play(script, THREE_FOR_TWO_BARS, instruments={"X": {"lot": "0.5"}},
                  actions=THREE_FOR_TWO)  # fmt: skip

    # 11.25 are held, of which a quarter goes; 5.25 are bought down, and sold up.
    assert fills(result)[1] == (3, -1, 0.25, 41.0)
    assert [(order.size, order.limit) for order in result.orders[1:3]] == [(5.0, 32.0), (5.5, 44.0)]


def test_a_position_that_a_split_leaves_nothing_of_is_gone_with_its_bracket() -> None:
    actions = [{"symbol": "X", "ts": START + 3 * DAY, "split": "0.1"}]
    market = bars([(10, 10, 10, 10)] * 3 + [(100, 100, 100, 100), (100, 100, 70, 80)])
    result = play({0: lambda s: s.buy(4, sl=8)}, market, instruments=WHOLE, actions=actions)

    assert fills(result) == [(1, 1, 4.0, 10.0), (3, -1, 0.4, 100.0)]
    assert ends(result)[1] == ("canceled", "position_closed")
    assert (result.cash, result.positions) == (10_000, {})


def test_board_lots_are_traded_and_single_units_held() -> None:
    script = {0: lambda s: s.buy(100), 4: lambda s: s.position.close()}
    result = play(
        script, THREE_FOR_TWO_BARS, instruments={"X": {"lot": 100}}, actions=THREE_FOR_TWO
    )

    assert fills(result) == [(1, 1, 100.0, 60.0), (5, -1, 150.0, 40.0)]


def test_a_dividend_is_paid_to_longs_and_owed_by_shorts() -> None:
    actions = [{"symbol": "X", "ts": START + 2 * DAY, "dividend": "1.5"}]
    long = play({0: lambda s: s.buy(10)}, flat(4), actions=actions)
    short = play({0: lambda s: s.sell(10)}, flat(4), actions=actions)

    assert (long.costs["dividends"], short.costs["dividends"]) == (15, -15)
    assert long.equity.tolist() == [10_000.0, 10_000.0, 10_015.0, 10_015.0]


def test_too_little_equity_closes_everything_at_the_next_open() -> None:
    market = bars(
        [(100, 100, 100, 100), (100, 100, 100, 100), (100, 100, 70, 75), (74, 80, 70, 80)]
    )
    script = {0: lambda s: s.buy(percent=3.0), 1: lambda s: s.sell(1, limit=500)}
    result = play(script, market, leverage=3, maintenance="0.2")

    # 300 units; at 75 equity is 2,500, less than a fifth of 22,500. All goes at 74.
    assert fills(result)[1] == (3, -1, 300.0, 74.0)
    assert ends(result)[1] == ("canceled", "margin_call")
    assert result.orders[-1].reason == "margin_call"
    assert result.cash == 2_200


def test_who_was_called_once_can_be_called_again() -> None:
    market = bars([(100,) * 4] * 2 + [(200,) * 4] * 3 + [(400,) * 4] * 3)
    script = {0: lambda s: s.sell(90), 3: lambda s: s.sell(percent=0.9)}
    result = play(script, market, maintenance="0.5")

    # 1,000 of 18,000 are left at the first close, and 100 of 1,800 at the second.
    assert fills(result)[1::2] == [(3, 1, 90.0, 200.0), (6, 1, 4.5, 400.0)]
    assert [reason for _, reason in ends(result)[2:]] == ["margin_call"] * 2
    assert result.cash == 100


def test_leverage_is_what_the_margin_allows() -> None:
    result = play({0: lambda s: s.buy(200), 1: lambda s: s.buy(101)}, flat(4), leverage=3)

    assert ends(result) == [("filled", None), ("rejected", "insufficient_margin")]


def test_a_short_that_eats_all_equity_is_closed() -> None:
    market = bars([(100, 100, 100, 100), (100, 100, 100, 100), (150, 210, 150, 205), (206,) * 4])
    result = play({0: lambda s: s.sell(percent=1.0)}, market)

    assert fills(result)[1] == (3, 1, 100.0, 206.0)
    assert result.cash == Decimal(-600)


@pytest.mark.parametrize("place", [0, 1])
def test_a_margin_call_waits_for_a_symbol_that_does_not_trade(place: int) -> None:
    rising = bars([(100,) * 4] * 3 + [(200,) * 4] * 5, symbol="A")
    silent = bars([(100,) * 4] * 3, symbol="B")
    market = [rising, silent] if place else [silent, rising]
    script = {0: lambda s: (s.sell(50, symbol="A"), s.sell(50, symbol="B"))}
    result = play(script, market, maintenance="0.5", leverage="1.5")

    # Equity is 5,000 of 15,000 at step 3. A is closed at the next open; B has no bar any more.
    assert fills(result)[2:] == [(4, 1, 50.0, 200.0)]
    called = [(order.symbol, order.status, order.reason) for order in result.orders[2:]]
    assert sorted(called) == sorted(
        [(1 - place, "filled", "margin_call"), (place, "canceled", "end_of_data")]
    )


LIMITS = {"X": {"price_limit": "0.3"}}


def test_a_limit_beyond_the_days_prices_is_rejected() -> None:
    others = flat(3, symbol="Y")  # have no such rule
    script = {
        0: lambda s: (
            s.buy(1, limit=69.99), s.buy(1, limit=70), s.sell(1, limit=130),
            s.sell(1, limit=130.01), s.buy(1, symbol="Y", limit=10), s.buy(1, symbol="Y"),
        )
    }  # fmt: skip
    result = play(script, [flat(3), others], instruments=LIMITS)
    refused, waits = ("rejected", "outside_price_limit"), ("canceled", "end_of_data")

    assert ends(result) == [refused, waits, waits, refused, waits, ("filled", None)]


def test_nobody_sells_at_the_upper_limit() -> None:
    market = bars([(100, 100, 100, 100), (130, 130, 130, 130), (140, 150, 135, 150), (150,) * 4])
    result = play({0: lambda s: s.buy(1)}, market, instruments=LIMITS)

    assert fills(result) == [(2, 1, 1.0, 140.0)]


def test_the_days_prices_are_limited_around_a_close_in_the_units_of_today() -> None:
    # 100 becomes 25 by the split: the day's prices reach from 17.5 to 32.5.
    hours = [(100,) * 4] * 24 + [(25, 26, 24, 25)] * 3 + [(32.5,) * 4, (32, 32, 30, 31)]
    actions = [{"symbol": "X", "ts": START + DAY, "split": 4}]
    script = {
        24: lambda s: (s.buy(1, limit=18), s.buy(1, limit=17)), 26: lambda s: s.buy(1)
    }  # fmt: skip
    result = play(script, bars(hours, timeframe="1h"), instruments=LIMITS, actions=actions)

    assert [reason for _, reason in ends(result)] == ["end_of_data", "outside_price_limit", None]
    assert fills(result) == [(28, 1, 1.0, 32.0)]  # nobody sells at the upper limit of 32.5


@pytest.mark.parametrize(
    ("price", "tick"),
    [(1_999, 1), (2_000, 5), (4_995, 5), (5_000, 10), (19_990, 10), (20_000, 50), (49_950, 50),
     (50_000, 100), (199_900, 100), (200_000, 500), (499_500, 500), (500_000, 1_000)],
)  # fmt: skip
def test_ticks_of_korean_shares(price: float, tick: int) -> None:
    assert RunConfig(instruments={"*": "krx"}).instrument("005930").tick_at(price) == tick  # type: ignore[dict-item]


def test_korean_shares_stand_at_their_limit_on_the_tick() -> None:
    # 9,990 and 30 % are 12,987: the highest price on the tick is 12,980.
    market = bars([(9_990, 9_990, 9_990, 9_990), *[(12_980, 12_980, 12_980, 12_980)] * 2])
    script = {0: lambda s: (s.buy(1), s.buy(1, limit=12_990), s.buy(1, limit=9_985))}
    waits = play(script, market, cash=100_000, instruments={"X": "krx"})

    assert fills(waits) == [(2, 1, 1.0, 12_980.0)]  # locked on day 1, another day on day 2
    assert ends(waits)[1:] == [
        ("rejected", "outside_price_limit"),
        ("rejected", "not_a_multiple_of_tick"),
    ]
    down = bars([(9_990, 9_990, 9_990, 9_990), (7_000,) * 4, (7_000,) * 4])
    short = play({0: lambda s: s.sell(1)}, down, cash=100_000, instruments={"X": "krx"})
    assert fills(short) == [(2, -1, 1.0, 7_000.0)]


def test_prices_may_be_rounded_to_the_tick() -> None:
    def ask(s: Strategy) -> None:
        s.buy(1, limit=9_987.5, sl=9_003, tp=11_001)
        s.sell(1, limit=10_001, sl=11_001, tp=9_003)
        moved = s.buy(1, stop=10_001)
        assert moved.modify(stop=10_011)
        assert (moved.stop, moved.sl) == (10_020, None)

    rules = {"instruments": {"X": "krx"}, "cash": 10**6}
    result = play({0: ask}, flat(3, 9_990), off_tick="round", **rules)
    prices = [(order.limit, order.stop) for order in result.orders]
    given = [tuple(price for price in pair if price == price) for pair in prices]

    # Bids and stops that sell go down, offers and stops that buy go up; ticks are 10 won here.
    assert given == [(9_980,), (9_000,), (11_010,), (10_010,), (11_010,), (9_000,), (10_020,)]
    assert on_tick(KRX_SHARE, 0.4, up=False) == 1.0  # no price is nothing
    strict = play({0: lambda s: s.buy(1, limit=9_987.5)}, flat(3, 9_990), **rules)
    assert ends(strict) == [("rejected", "not_a_multiple_of_tick")]


def test_prices_are_rounded_to_the_tick_of_their_own_instrument() -> None:
    script = {0: lambda s: (s.buy(1, symbol="A", limit=93.5), s.buy(1, symbol="B", limit=93.5))}
    result = play(script, [flat(3, symbol=name) for name in "AB"], off_tick="round",
                  instruments={"A": {"tick": 5}, "B": {"tick": 1}})  # fmt: skip

    assert [order.limit for order in result.orders] == [90, 93]


def test_a_trailing_stop_fills_on_the_tick() -> None:
    market = bars([(9_990, 9_990, 9_990, 9_990), (10_000, 10_050, 10_000, 10_050),
                   (10_050, 10_050, 9_700, 9_700)])  # fmt: skip
    script = {0: lambda s: s.buy(1, sl_trail_percent=0.033)}
    result = play(script, market, cash=100_000, instruments={"X": "krx"})

    assert fills(result)[1] == (2, -1, 1.0, 9_710.0)  # 10,050 less 3.3 % is 9,718.35
