"""Financing, corporate actions, margin calls and price limits, worked out by hand."""

from decimal import Decimal

from tests.naru.engine.scenes import START, bars, ends, fills, flat, play

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


def test_leverage_is_what_the_margin_allows() -> None:
    result = play({0: lambda s: s.buy(200), 1: lambda s: s.buy(101)}, flat(4), leverage=3)

    assert ends(result) == [("filled", None), ("rejected", "insufficient_margin")]


def test_a_short_that_eats_all_equity_is_closed() -> None:
    market = bars([(100, 100, 100, 100), (100, 100, 100, 100), (150, 210, 150, 205), (206,) * 4])
    result = play({0: lambda s: s.sell(percent=1.0)}, market)

    assert fills(result)[1] == (3, 1, 100.0, 206.0)
    assert result.cash == Decimal(-600)


LIMITS = {"X": {"price_limit": "0.3"}}


def test_a_limit_beyond_the_days_prices_is_rejected() -> None:
    result = play({0: lambda s: (s.buy(1, limit=69), s.buy(1, limit=71))}, flat(3),
                  instruments=LIMITS)  # fmt: skip

    assert ends(result) == [("rejected", "outside_price_limit"), ("canceled", "end_of_data")]


def test_nobody_sells_at_the_upper_limit() -> None:
    market = bars([(100, 100, 100, 100), (130, 130, 130, 130), (140, 150, 135, 150), (150,) * 4])
    result = play({0: lambda s: s.buy(1)}, market, instruments=LIMITS)

    assert fills(result) == [(2, 1, 1.0, 140.0)]
