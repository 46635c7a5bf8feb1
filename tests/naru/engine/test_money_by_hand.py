"""Whole paths of money, each digit worked out on paper: taxes, borrowing, a margin call."""

from decimal import Decimal

import pytest

from naru.bars import Bars
from tests.naru.engine.scenes import Script, bars, fills, play

HOUR = 3_600_000_000_000
DAY = 24 * HOUR
THURSDAY = 1_704_326_400_000_000_000  # 2024-01-04
SEOUL = {"hours": "09:00-15:30", "offsets": [[0, 540]]}


def on_days(market: Bars, days: list[int]) -> Bars:
    """Let the bars be those of other days, counted from the first one."""
    columns = (market.open, market.high, market.low, market.close, market.volume)
    ts = market.ts.copy()
    ts[:] = ts[0] + [day * DAY for day in days]
    return Bars(market.symbol, market.timeframe, ts, *columns)


@pytest.mark.parametrize("hour", [-9, 0])  # of Seoul's midnight, or of its open, in UTC
def test_the_korean_sale_tax_changes_between_a_friday_and_a_monday(hour: int) -> None:
    prices = [(43_350,) * 4, (43_350,) * 4, (42_500,) * 4, (43_450,) * 4, (43_000,) * 4]
    wednesday = 1_559_088_000_000_000_000 + hour * HOUR  # 29 May 2019
    market = on_days(bars(prices, start=wednesday), [0, 1, 2, 5, 6])
    script: Script = {0: lambda s: s.buy(30), 1: lambda s: s.sell(10), 2: lambda s: s.sell(20)}
    result = play(
        script, market, cash=10_000_000, taxes="krx", instruments={"*": "krx"},
        commission_bps="1.5", session=SEOUL,
    )  # fmt: skip

    # Bought for 1,300,500. On Friday 425,000 at 0.30 %, on Monday, 3 June, 869,000 at 0.25 %.
    assert [fill.commission for fill in result.fills] == [
        Decimal("195.075"),
        Decimal("63.75") + 1_275,
        Decimal("130.35") + Decimal("2172.5"),
    ]
    assert result.costs["tax"] == Decimal("3447.5")
    assert result.cash == Decimal("9989663.325")


def test_a_short_over_the_weekend_pays_three_days() -> None:
    prices = [(153,) * 4, (153.25, 154, 153, 153.27), (151, 151, 150, 150.5), (150,) * 4]
    market = on_days(bars(prices, start=THURSDAY), [0, 1, 4, 5])
    result = play({0: lambda s: s.sell(37)}, market, borrow_bps=325)

    # Friday's close over three nights: 37 x 153.27 x 3.25 % x 3/365 = 1.514853493...
    # Monday's over one: 37 x 150.50 x 3.25 % / 365 = 0.495825342...
    assert result.costs["borrow"] == Decimal("1.51485349") + Decimal("0.49582534")
    assert result.cash == Decimal("10000") + 37 * Decimal("153.25") - Decimal("2.01067883")
    assert result.cash_path.tolist()[:2] == [10_000.0, 15_670.25]


def test_a_margin_call_after_a_weekend_on_debt() -> None:
    first = [(100,) * 4, (100, 100, 90, 90), (88, 88, 75, 75), (70, 72, 70, 72)]
    second = [(120,) * 4, (120, 120, 110, 110), (108, 108, 100, 100), (95, 96, 95, 96)]
    market = [
        on_days(bars(prices, symbol, start=THURSDAY), [0, 1, 4, 5])
        for prices, symbol in ((first, "A"), (second, "B"))
    ]
    script: Script = {0: lambda s: (s.buy(150), s.buy(100, symbol="B"), s.sell(1, limit=500))}
    result = play(
        script, market, leverage=3, maintenance="0.2", commission_bps=10, slippage_bps=5,
        debit_bps=730,
    )  # fmt: skip

    # Friday: 150 at 100.05 and 100 at 120.06, with 15.0075 and 12.006 of commission: 17,040.5135
    # are owed. Three nights cost 0.06 %, 10.2243081. At Monday's closes 21,250 are held, of which
    # 4,199.26 is equity: less than a fifth. One night more, 3.41014756, then all goes on Tuesday
    # at 69.965 and 94.9525.
    assert result.costs["interest"] == Decimal("10.2243081") + Decimal("3.41014756")
    assert fills(result)[2:] == [(3, -1, 150.0, 69.965), (3, -1, 100.0, 94.9525)]
    assert [fill.commission for fill in result.fills[2:]] == [
        Decimal("10.49475"),
        Decimal("9.49525"),
    ]
    assert [order.reason for order in result.orders[2:]] == ["margin_call"] * 3
    assert result.cash == Decimal("2915.86204434")
    assert result.positions == {}


def test_money_for_covering_needs_no_equity() -> None:
    # Short 100 from 100; at 210 the account is 1,000 short. 2,100 buy ten of them back.
    prices = [(100,) * 4, (100, 150, 100, 150), (210, 215, 205, 210), (210,) * 4]
    result = play({0: lambda s: s.sell(100), 1: lambda s: s.buy(value=2_100)}, bars(prices))

    assert fills(result) == [(1, -1, 100.0, 100.0), (2, 1, 10.0, 210.0), (3, 1, 90.0, 210.0)]


def test_a_budget_is_what_the_margin_leaves_and_not_what_a_short_has_brought_in() -> None:
    # Short 60 at 100 there are 16,000 of cash, and room for 4,000 more.
    script: Script = {
        0: lambda s: s.sell(60), 1: lambda s: s.sell(value=4_050), 2: lambda s: s.sell(value=4_000)
    }  # fmt: skip
    result = play(script, bars([(100,) * 4] * 5))

    assert fills(result) == [(1, -1, 60.0, 100.0), (3, -1, 40.0, 100.0)]
    assert result.orders[1].reason == "insufficient_margin"


@pytest.mark.parametrize("part", [{"kind": "bps", "bps": 100}, {"kind": "per_unit", "per_unit": 1}])
def test_a_budget_that_the_leverage_leaves_is_lowered_by_what_its_costs_take(
    part: dict[str, object],
) -> None:
    options = {"leverage": 2, "commission": [part]}
    script = {0: lambda s: s.buy(percent=2.0)}
    result = play(script, bars([(100,) * 4] * 3), **options)

    # 198.02 units for 20,000 with their commission, which leaves 9,802 for twice as much: 198 are
    # missing, and as much is 1.96 units less.
    assert fills(result)[0][2] == pytest.approx(196.0592, abs=1e-4)
    more = play({0: lambda s: s.buy(percent=2.05)}, bars([(100,) * 4] * 3), **options)
    assert [order.reason for order in more.orders] == ["insufficient_margin"]


@pytest.mark.parametrize(("value", "left"), [(18_990, "-99.71028971"), (19_000, "90")])
def test_a_budget_that_turns_a_position_has_the_room_that_it_makes(value: int, left: str) -> None:
    # Long 90, with 991 in cash: ending 9,000 makes room for as much again. 18,991 is all there is.
    script: Script = {0: lambda s: s.buy(90), 1: lambda s: s.sell(value=value)}
    result = play(script, bars([(100,) * 4] * 4), commission_bps=10)

    assert result.positions == {"X": Decimal(left)}


def test_a_position_that_shrinks_to_a_target_sells_whole_lots_only() -> None:
    # 30 % of 10,000 are 46.15 units at 65: from nothing 46; from 109, 62.85 are too many by 62.
    prices = [(65,) * 4] * 5
    script: Script = {0: lambda s: s.buy(109), 1: lambda s: s.target(percent=0.3)}
    result = play(script, bars(prices), instruments={"X": {"lot": 1}})

    assert fills(result) == [(1, 1, 109.0, 65.0), (2, -1, 62.0, 65.0)]
