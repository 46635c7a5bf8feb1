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
