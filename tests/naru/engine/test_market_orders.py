"""Market orders, sizes, costs and accounting, on scenes worked out by hand."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from naru import Fill, OrderArgumentError, Strategy
from naru.engine.costs import KRX_SALE_TAX
from naru.engine.orderlog import MAX_TAGS
from tests.naru.engine.scenes import Silence, bars, ends, fills, flat, perform, play

RISING = bars(
    [(100, 102, 99, 101), (103, 106, 102, 105), (104, 108, 103, 107), (110, 112, 109, 111)]
)


def test_a_decision_fills_at_the_next_open() -> None:
    result = play({0: lambda s: s.buy(10)}, RISING)

    assert fills(result) == [(1, 1, 10.0, 103.0)]
    assert result.fills[0].ts == int(RISING.ts[1])
    assert result.cash == Decimal("8970.00000000")


def test_commission_and_slippage_are_charged_by_hand() -> None:
    result = play(
        {0: lambda s: s.buy(10), 1: lambda s: s.sell(10)},
        RISING, commission_bps=10, slippage_bps=20,
    )  # fmt: skip

    # Bought at 103 * 1.002 = 103.206, sold at 104 * 0.998 = 103.792; 0.1 % of each notional.
    assert fills(result) == [(1, 1, 10.0, 103.206), (2, -1, 10.0, 103.792)]
    assert [fill.commission for fill in result.fills] == [Decimal("1.03206"), Decimal("1.03792")]
    assert result.cash == Decimal("10003.79002")
    (trade,) = result.trades
    assert trade.pnl == Decimal("3.79002")


def test_equity_is_cash_and_positions_at_every_close() -> None:
    result = play({0: lambda s: s.buy(10)}, RISING)

    assert result.equity.tolist() == [10_000.0, 10_020.0, 10_040.0, 10_080.0]
    assert result.gross.tolist() == [0.0, 1050.0, 1070.0, 1110.0]


def test_percent_fits_with_its_commission() -> None:
    result = play({0: lambda s: s.buy(percent=1.0)}, RISING, commission_bps=100)

    (fill,) = result.fills
    assert fill.quantity == Decimal("96.12611746")  # 10,000 / (103 * 1.01), rounded down to 1e-8
    assert 0 <= result.cash < Decimal("0.00001")


def test_value_spends_quote_currency() -> None:
    result = play({0: lambda s: s.buy(value=1030)}, RISING)

    assert fills(result) == [(1, 1, 10.0, 103.0)]


def test_risk_loses_its_share_at_the_stop() -> None:
    result = play({0: lambda s: s.buy(risk=0.01, sl=98.0)}, RISING)

    assert fills(result) == [(1, 1, 20.0, 103.0)]  # 100 of 10,000 lost over a distance of 5


def test_what_cash_cannot_pay_is_rejected() -> None:
    result = play({0: lambda s: s.buy(98)}, RISING)

    assert ends(result) == [("rejected", "insufficient_cash")]
    assert result.cash == 10_000


def test_cash_that_just_pays_is_enough() -> None:
    result = play({0: lambda s: s.buy(100)}, flat(3))

    assert ends(result) == [("filled", None)]
    assert result.cash == 0


@pytest.mark.parametrize("rules", [{}, {"*": {"lot": "0.01"}}])  # without and with the book
def test_what_is_held_already_is_no_excuse_to_buy_less(rules: dict[str, object]) -> None:
    wishes = {
        1: lambda s: s.buy(percent=0.505), 2: lambda s: s.buy(value=5_050),
        3: lambda s: s.target(percent=1.005),
    }  # fmt: skip
    result = play({0: lambda s: s.buy(50), **wishes}, flat(6), instruments=rules)

    # Each asks for 5,050 and there are 5,000.
    assert ends(result)[1:] == [("rejected", "insufficient_cash")] * 3


def test_percent_of_equity_is_not_shrunk_to_the_cash_left() -> None:
    result = play({0: lambda s: s.buy(percent=0.6), 1: lambda s: s.buy(percent=0.6)}, flat(4))

    assert ends(result) == [("filled", None), ("rejected", "insufficient_cash")]


def test_orders_after_the_last_bar_are_canceled() -> None:
    result = play({3: lambda s: s.buy(1)}, RISING)

    assert ends(result) == [("canceled", "end_of_data")]
    assert not result.fills


def test_open_positions_are_open_trades_at_the_last_close() -> None:
    result = play({0: lambda s: s.buy(10)}, RISING)

    (trade,) = result.trades
    assert trade.is_open
    assert trade.exit_price == 111
    assert trade.pnl == 80


def test_target_sells_down_and_turns_around() -> None:
    result = play(
        {
            0: lambda s: s.target(size=10),
            1: lambda s: s.target(size=4),
            2: lambda s: s.target(size=-3),
        },
        flat(5),
    )  # fmt: skip

    assert fills(result) == [(1, 1, 10.0, 100.0), (2, -1, 6.0, 100.0), (3, -1, 7.0, 100.0)]
    assert result.positions == {"X": Decimal(-3)}


def test_target_that_is_met_is_rejected_as_such() -> None:
    result = play({0: lambda s: s.target(size=10), 1: lambda s: s.target(size=10)}, flat(4))

    assert ends(result)[1] == ("rejected", "already_at_target")


def test_target_percent_buys_as_percent_does_and_turns_all_around() -> None:
    result = play(
        {0: lambda s: s.target(percent=1.0), 1: lambda s: s.target(percent=-1.0)},
        flat(4), commission_bps=10,
    )  # fmt: skip

    assert ends(result) == [("filled", None), ("filled", None)]
    # 10,000 / 1.001 of stock; its closing costs 0.1 %, and the short of what is left again.
    assert float(result.positions["X"]) == pytest.approx(-99.7004993, abs=1e-6)


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("rules", [{}, {"X": {"min_quantity": "1"}}])  # without and with the book
def test_target_zero_closes_the_whole_of_a_large_position(
    side: int, rules: dict[str, object]
) -> None:
    script = {0: lambda s: s.target(percent=side / 3), 1: lambda s: s.target(percent=0)}
    market = bars([(0.0137, 0.0137, 0.0137, 0.0137)] * 4)
    result = play(script, market, cash=10**9, commission_bps=3, instruments=rules)

    first, second = result.fills
    assert first.quantity == second.quantity > 10**10
    assert result.positions == {}


def test_position_close_takes_a_portion() -> None:
    result = play(
        {
            0: lambda s: s.buy(10),
            1: lambda s: s.position.close(0.25),
            2: lambda s: s.position.close(),
        },
        flat(5),
    )  # fmt: skip

    assert [fill[2] for fill in fills(result)] == [10.0, 2.5, 7.5]
    assert [float(trade.size) for trade in result.trades] == [2.5, 7.5]


def test_closing_nothing_is_rejected() -> None:
    result = play({0: lambda s: s.position.close()}, flat(3))

    assert ends(result) == [("rejected", "nothing_to_reduce")]


def test_selling_short_credits_cash_and_marks_the_debt() -> None:
    result = play({0: lambda s: s.sell(10)}, RISING)

    assert result.cash == Decimal(11_030)
    assert result.equity.tolist() == [10_000.0, 9_980.0, 9_960.0, 9_920.0]


def test_short_selling_can_be_forbidden() -> None:
    result = play({0: lambda s: s.sell(10)}, RISING, allow_short=False)

    assert ends(result) == [("rejected", "short_not_allowed")]


def test_reduce_only_never_opens() -> None:
    result = play(
        {0: lambda s: s.buy(5), 1: lambda s: s.sell(8, reduce_only=True),
         2: lambda s: s.sell(1, reduce_only=True)},
        flat(5),
    )  # fmt: skip

    assert fills(result)[1] == (2, -1, 5.0, 100.0)
    assert ends(result)[2] == ("rejected", "nothing_to_reduce")


@pytest.mark.parametrize("rules", [{}, {"*": {"lot": "0.01"}}])  # without and with the book
@pytest.mark.parametrize(
    "free",
    [
        lambda s: s.target(percent=0.25, symbol="A"), lambda s: s.target(size=25, symbol="A"),
        lambda s: s.sell(75, symbol="A"), lambda s: s.positions["A"].close(0.75),
    ],
)  # fmt: skip
def test_at_one_open_what_frees_cash_comes_first(free: Any, rules: dict[str, object]) -> None:
    market = [flat(4, symbol="A"), flat(4, symbol="B")]
    script = {
        0: lambda s: s.buy(percent=1.0, symbol="A"),
        1: lambda s: (s.buy(percent=0.75, symbol="B"), free(s)),
    }
    result = play(script, market, instruments=rules)

    assert ends(result) == [("filled", None)] * 3
    assert result.positions == {"A": Decimal(25), "B": Decimal(75)}


@pytest.mark.parametrize(
    ("fill", "expected"),
    [("next_open", (1, 103.0)), ("next_close", (1, 105.0)), ("same_close", (0, 101.0))],
)
def test_the_moment_of_filling_is_an_option(fill: str, expected: tuple[int, float]) -> None:
    result = play({0: lambda s: s.buy(1)}, RISING, fill=fill)

    assert (fills(result)[0][0], fills(result)[0][3]) == expected


def test_the_news_of_the_last_close_comes_too_late_to_ask_for_more() -> None:
    class Doubles(Strategy):
        def on_bar(self) -> None:
            if len(self.data) == 3:
                self.buy(1)

        def on_fill(self, fill: Fill) -> None:
            self.log(fill.size)
            self.buy(2, tag="more")

    sink = Silence()
    run, result = perform(Doubles, flat(3), fill="same_close", sink=sink)

    assert fills(result) == [(2, 1, 1.0, 100.0)]
    assert [text for _, text in sink.logs] == ["1.0"]
    assert (len(run.orders), run.orders.tags) == (1, ("",))


def test_lots_are_kept() -> None:
    rules = {"*": {"lot": 5}}
    result = play({0: lambda s: s.buy(percent=0.29), 1: lambda s: s.buy(7)}, flat(4),
                  instruments=rules)  # fmt: skip

    assert fills(result) == [(1, 1, 25.0, 100.0)]
    assert ends(result)[1] == ("rejected", "not_a_multiple_of_lot")


def test_slipped_prices_are_rounded_to_the_tick_against_the_trader() -> None:
    result = play({0: lambda s: s.buy(1), 1: lambda s: s.sell(1)}, flat(4), slippage_bps=3,
                  instruments={"X": {"tick": "0.05"}})  # fmt: skip

    assert [fill[3] for fill in fills(result)] == [100.05, 99.95]


@pytest.mark.parametrize("least", [{"min_notional": 200}, {"min_quantity": 2}])
def test_small_orders_are_rejected_unless_they_end_something(least: dict[str, int]) -> None:
    script = {
        0: lambda s: s.buy(1), 1: lambda s: s.buy(2), 2: lambda s: s.sell(1, reduce_only=True),
        3: lambda s: s.position.close(),
    }  # fmt: skip
    result = play(script, flat(6), instruments={"*": least})

    assert ends(result) == [("rejected", "below_minimum"), *[("filled", None)] * 3]
    assert [fill[2] for fill in fills(result)] == [2, 1, 1]


@pytest.mark.parametrize("rules", [{}, {"*": {"lot": "0.01"}}])  # without and with the book
def test_what_has_no_size_is_rejected(rules: dict[str, object]) -> None:
    # 50 units cost 5,000 and as much commission again, and bring nothing.
    ruin = {
        0: lambda s: s.buy(percent=1), 1: lambda s: s.position.close(),
        2: lambda s: (s.buy(percent=0.5), s.target(percent=1.0)),
    }  # fmt: skip
    all_of_it = [{"kind": "bps", "bps": 10_000}]
    ruined = play(ruin, flat(6), commission=all_of_it, instruments=rules)
    assert [fill[2] for fill in fills(ruined)] == [50, 50]
    assert ends(ruined)[2:] == [("rejected", "no_equity")] * 2
    assert ruined.cash == 0

    # The next bar opens at the stop itself: no number of units would lose anything there.
    market = bars([(100,) * 4, (99,) * 4, (99,) * 4])
    endless = play({0: lambda s: s.buy(risk=0.01, sl=99)}, market, instruments=rules)
    assert ends(endless)[0] == ("rejected", "insufficient_margin")


def test_volume_share_fills_bar_by_bar() -> None:
    result = play({0: lambda s: s.buy(25)}, flat(5), volume_share="0.01")

    assert [fill[:3] for fill in fills(result)] == [(1, 1, 10.0), (2, 1, 10.0), (3, 1, 5.0)]


def test_krx_sale_tax_follows_its_dates() -> None:
    market = flat(5, start=1_735_430_400_000_000_000)  # from 29 December 2024
    script = {0: lambda s: s.buy(20), 1: lambda s: s.sell(10), 2: lambda s: s.sell(10)}
    result = play(script, market, taxes=["krx"])

    # Sold on 31 December 2024 at 0.18 % and on 1 January 2025 at 0.15 %.
    assert [float(fill.commission) for fill in result.fills] == [0.0, 1.8, 1.5]


@pytest.mark.parametrize(
    ("day", "bps"),
    [
        ("1999-07-01", 30), ("2019-06-02", 30), ("2019-06-03", 25), ("2020-12-31", 25),
        ("2021-01-01", 23), ("2022-07-01", 23), ("2023-07-01", 20), ("2024-07-01", 18),
        ("2025-07-01", 15), ("2026-01-01", 20), ("2030-01-01", 20),
    ],
)  # fmt: skip
def test_krx_sale_tax_by_year(day: str, bps: int) -> None:
    ts = int(np.datetime64(day, "ns").astype(np.int64))
    assert KRX_SALE_TAX.amount(Decimal(10_000), -1, ts) == bps
    assert KRX_SALE_TAX.amount(Decimal(10_000), 1, ts) == 0


STAMP = {"kind": "dated", "side": "both", "rates": [["2024-01-03", 50]]}  # 0.5 % from day 2 on


def test_sizes_in_money_pay_their_taxes_too() -> None:
    script = {0: lambda s: s.buy(value=1_000), 1: lambda s: s.buy(percent=0.5)}
    result = play(script, flat(4), taxes=[STAMP])

    # Day 1 has no tax yet. On day 2 half of 10,000 buys 49.75 units and pays 24.88 of duty.
    assert fills(result) == [(1, 1, 10.0, 100.0), (2, 1, 49.75124378, 100.0)]
    assert round(10_000 - 1_000 - result.cash, 4) == 5_000


def test_a_target_pays_for_the_way_there_and_for_turning() -> None:
    script = {1: lambda s: s.target(percent=1.0), 2: lambda s: s.target(percent=-1.0)}
    result = play(script, flat(4), taxes=[STAMP])

    # 99.502 units and 49.75 of duty for 10,000. Selling them costs 49.75 again and leaves 9,900.50,
    # which pays for a short of 98.512 units and its duty of 49.26.
    assert [fill[2] for fill in fills(result)] == [99.50248756, 198.01490061]
    assert result.equity[-1] == pytest.approx(10_000 - 49.7512 - 49.7512 - 49.2562, abs=1e-3)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({}, "size"),
        ({"size": 1, "percent": 0.5}, "size"),
        ({"size": float("nan")}, "size"),
        ({"size": 1e308}, "size"),
        ({"size": -1}, "size"),
        ({"size": True}, "size"),
        ({"size": "1"}, "size"),
        ({"percent": 95_000}, "percent"),
        ({"size": 1, "limit": float("inf")}, "limit"),
        ({"size": 1, "sl": 0}, "sl"),
        ({"size": 1, "tif": "soon"}, "tif"),
        ({"size": 1, "until": 1}, "until"),
        ({"size": 1, "tag": 5}, "tag"),
        ({"size": 1, "tag": "two\nlines"}, "tag"),
        ({"size": 1, "tag": "\0"}, "tag"),
        ({"size": 1, "tag": "\u202e"}, "tag"),
        ({"size": 1, "symbol": "Y"}, "symbol"),
        ({"risk": 0.01}, "risk"),
        ({"size": 1, "trail": 1, "limit": 5}, "trail"),
        ({"size": 1, "post_only": True}, "post_only"),
    ],
)
def test_nonsense_is_refused_by_name(arguments: dict[str, object], field: str) -> None:
    with pytest.raises(OrderArgumentError) as caught:
        play({0: lambda s: s.buy(**arguments)}, flat(3))

    assert caught.value.field == field


def test_there_are_only_so_many_tags() -> None:
    class Numbers(Strategy):
        def on_bar(self) -> None:
            for n in range(MAX_TAGS):
                self.buy(1, tag=str(n))

    with pytest.raises(OrderArgumentError, match="use fewer"):
        perform(Numbers, flat(1))


def test_a_series_stands_for_its_newest_value() -> None:
    class Follows(Strategy):
        def init(self) -> None:
            self.floor = self.data.low - 1

        def on_bar(self) -> None:
            if len(self.data) == 2:
                self.buy(1, limit=self.data.close, sl=self.floor)
                self.plot("floor", self.floor)

    sink = Silence()
    market = bars([(100, 100, 100, 100), (100, 102, 97, 98), (99, 99, 95, 97)])
    _, result = perform(Follows, market, sink=sink)

    assert [fill[2:] for fill in fills(result)] == [(1.0, 98.0), (1.0, 96.0)]
    assert [value for _, _, value in sink.plots] == [96.0]


def test_numbers_that_lie_are_refused() -> None:
    class Liar(float):
        def __lt__(self, other: object) -> bool:
            return False

    with pytest.raises(OrderArgumentError):
        play({0: lambda s: s.buy(Liar(1e300))}, flat(3))
