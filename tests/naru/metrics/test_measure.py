"""The whole set of metrics, on runs worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.errors import ConfigError
from naru.metrics import compute, measured_curve
from tests.naru.engine.scenes import START, bars, flat, play, walk

# Opens and closes: 100 100 | 100 110 | 120 115 | 110 105 | 105 110 | 100 90 | 90 90
MARKET = bars(
    [
        (100, 101, 99, 100),
        (100, 112, 99, 110),
        (120, 121, 114, 115),
        (110, 111, 104, 105),
        (105, 111, 104, 110),
        (100, 101, 89, 90),
        (90, 91, 89, 90),
    ]
)
# Bought 10 at 100, sold at 110; bought 10 at 105, sold at 90.
SCRIPT = {
    0: lambda s: s.buy(10),
    2: lambda s: s.sell(10),
    3: lambda s: s.buy(10),
    5: lambda s: s.sell(10),
}
DAY_S = 86_400.0


def test_a_run_by_hand() -> None:
    config = RunConfig(cash=1_000)
    metrics = compute(play(SCRIPT, MARKET, cash=1_000), [MARKET], config)
    # Equity: 1000, 1100, 1150, 1100, 1150, 950, 950.
    returns = np.array([0.1, 1150 / 1100 - 1, 1100 / 1150 - 1, 1150 / 1100 - 1, 950 / 1150 - 1, 0])
    year = 365.25

    expected = {
        "initial_cash": 1_000.0,
        "final_equity": 950.0,
        "total_return": -0.05,
        "annual_return": 0.95 ** (year / 6) - 1,
        "volatility": returns.std(ddof=1) * math.sqrt(year),
        "sharpe": returns.mean() / returns.std(ddof=1) * math.sqrt(year),
        "sortino": returns.mean()
        / math.sqrt((np.minimum(returns, 0) ** 2).mean())
        * math.sqrt(year),
        "max_drawdown": 200 / 1150,
        "max_drawdown_duration_s": 2 * DAY_S,
        "longest_drawdown_s": 2 * DAY_S,
        "best_month_return": -0.05,
        "worst_month_return": -0.05,
        "trade_count": 2,
        "open_trade_count": 0,
        "win_rate": 0.5,
        "profit_factor": 100 / 150,
        "avg_win": 100.0,
        "avg_loss": -150.0,
        "payoff_ratio": 100 / 150,
        "expectancy": -25.0,
        "best_trade_return": 0.1,
        "worst_trade_return": -150 / 1050,
        "avg_holding_s": 2 * DAY_S,
        "exposure": 4 / 7,
        "turnover": (1000 + 1100 + 1050 + 900)
        / np.mean([1000, 1100, 1150, 1100, 1150, 950, 950])
        * year
        / 6,
        "order_count": 4,
        "fill_count": 4,
        "commission_paid": 0.0,
        "tax_paid": 0.0,
        "benchmark_return": -0.1,
        "bar_count": 7,
        "warmup_bars": 0,
        "bars_per_year": year,
        "ambiguous_bars": 0,
    }
    assert {name: metrics[name] for name in expected} == pytest.approx(expected)
    assert metrics["calmar"] == pytest.approx(metrics["annual_return"] / (200 / 1150))


def test_money_is_as_accounted_and_other_figures_have_twelve_digits() -> None:
    options = {"cash": "1234567.12345678", "commission_bps": 7}
    result = play(SCRIPT, MARKET, **options)
    metrics = compute(result, [MARKET], RunConfig(**options))

    assert metrics.pop("initial_cash") == 1234567.12345678
    assert metrics.pop("final_equity") == result.equity[-1]
    for value in metrics.values():
        assert value is None or value == float(f"{value:.12g}")


def test_costs_are_summed() -> None:
    options = {"cash": 1_000, "commission_bps": 10, "slippage_bps": 100}
    metrics = compute(
        play({0: lambda s: s.buy(1), 2: lambda s: s.sell(1)}, MARKET, **options),
        [MARKET],
        RunConfig(**options),
    )

    assert metrics["slippage_paid"] == pytest.approx(100 * 0.01 + 110 * 0.01)
    assert metrics["commission_paid"] == pytest.approx((101 + 108.9) * 0.001)


def test_warm_up_is_left_out() -> None:
    config = RunConfig(cash=1_000, warmup=3)
    result = play({4: lambda s: s.buy(2)}, MARKET, cash=1_000, warmup=3)
    curve = measured_curve(result, [MARKET], config)
    metrics = compute(result, [MARKET], config)

    assert curve.ts.tolist() == MARKET.ts[result.start :].tolist()
    assert metrics["warmup_bars"] == result.start > 0
    assert metrics["bar_count"] == len(MARKET) - result.start
    assert curve.benchmark[0] == 1_000.0
    assert metrics["benchmark_return"] == pytest.approx(90 / MARKET.close[result.start] - 1)


def test_a_cost_at_the_first_close_counts() -> None:
    options = {"cash": 1_000, "fill": "same_close", "commission_bps": 100}
    result = play({0: lambda s: s.buy(5)}, flat(4), **options)
    config = RunConfig(**options)
    metrics = compute(result, [flat(4)], config)

    assert result.equity[0] == 995.0
    assert metrics["total_return"] == pytest.approx(-0.005)
    assert metrics["max_drawdown"] == pytest.approx(0.005)


def test_without_orders_nothing_is_undefined_that_should_not_be() -> None:
    metrics = compute(play({}, MARKET), [MARKET], RunConfig())

    assert (metrics["total_return"], metrics["max_drawdown"], metrics["exposure"]) == (0, 0, 0)
    assert metrics["volatility"] == 0.0
    for name in ("sharpe", "sortino", "calmar", "win_rate", "profit_factor", "avg_win"):
        assert metrics[name] is None


def test_one_bar_and_no_measured_bar() -> None:
    none = flat(0)
    metrics = compute(play({}, none), [none], RunConfig())
    assert (metrics["bar_count"], metrics["final_equity"]) == (0, 10_000.0)
    assert (metrics["total_return"], metrics["bars_per_year"]) == (None, None)
    assert not len(measured_curve(play({}, none), [none], RunConfig()).benchmark)

    one = flat(1)
    metrics = compute(play({}, one), [one], RunConfig())
    assert (metrics["total_return"], metrics["annual_return"]) == (0.0, None)

    metrics = compute(play({}, MARKET, warmup=6), [MARKET], RunConfig(warmup=6))
    assert (metrics["bar_count"], metrics["turnover"]) == (1, None)
    assert (metrics["total_return"], metrics["sharpe"]) == (0.0, None)

    config = RunConfig(warmup=50)
    metrics = compute(play({}, MARKET, warmup=50), [MARKET], config)
    assert (metrics["bar_count"], metrics["final_equity"]) == (0, 10_000.0)
    assert metrics["total_return"] is None


def test_another_symbol_as_benchmark() -> None:
    other = flat(7, symbol="Y")
    result = play({}, [MARKET, other])

    assert compute(result, [MARKET, other], RunConfig(benchmark="Y"))["benchmark_return"] == 0.0
    with pytest.raises(ConfigError, match="'Z' is not among"):
        compute(result, [MARKET, other], RunConfig(benchmark="Z"))


def test_the_benchmark_gets_splits_and_dividends_as_a_holder_does() -> None:
    day = 86_400 * 10**9
    actions = [
        {"symbol": "X", "ts": START, "dividend": 9},  # before it is held
        {"symbol": "X", "ts": START + day, "dividend": "2.5"},
        {"symbol": "X", "ts": START + 2 * day, "split": 4, "dividend": 1},
        {"symbol": "X", "ts": START + 4 * day, "split": "0.5", "dividend": "0.5"},
        {"symbol": "X", "ts": START + 90 * day, "split": 2},
        {"symbol": "Y", "ts": START + day, "split": 2},
    ]
    options = {"actions": actions, "fill": "same_close"}
    market = [MARKET, flat(7, symbol="Y")]
    result = play({0: lambda s: s.buy(percent=1)}, market, **options)
    curve = measured_curve(result, market, RunConfig(**options))

    np.testing.assert_allclose(curve.benchmark, result.equity, rtol=1e-9)
    assert curve.benchmark[-1] == pytest.approx(100 * (2 * 90 + 2.5 + 1 + 4 * 0.5))


def test_a_benchmark_with_fewer_bars_keeps_its_newest_close() -> None:
    late = Bars("Y", "1d", *(getattr(MARKET, name)[2:5].copy() for name in (
        "ts", "open", "high", "low", "close", "volume"
    )))  # fmt: skip
    config = RunConfig(benchmark="Y", cash=115)
    curve = measured_curve(play({}, [MARKET, late], cash=115), [MARKET, late], config)

    assert curve.benchmark.tolist() == [115, 115, 115, 105, 110, 110, 110]


def test_exposure_to_any_of_several_instruments_counts_once() -> None:
    market = [flat(7, symbol=name) for name in "AB"]
    script = {
        1: lambda s: s.buy(1, symbol="A"),
        2: lambda s: s.buy(1, symbol="B"),
        3: lambda s: s.sell(1, symbol="A"),
        4: lambda s: s.sell(1, symbol="B"),
    }
    # A is held at the closes of bars 2 and 3, B at those of 3 and 4; six are measured.
    metrics = compute(play(script, market, warmup=1), market, RunConfig(warmup=1))
    assert (metrics["bar_count"], metrics["exposure"]) == (6, 0.5)


def test_open_trades_are_counted_apart() -> None:
    metrics = compute(play({0: lambda s: s.buy(1)}, MARKET), [MARKET], RunConfig())
    assert (metrics["trade_count"], metrics["open_trade_count"]) == (0, 1)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(2, 80))
def test_metrics_of_any_run_are_finite_or_none(seed: int, count: int) -> None:
    market = walk(count, seed)
    chance = np.random.default_rng(seed)
    script = {
        int(step): (lambda s: s.buy(percent=0.9))
        if chance.random() < 0.5
        else (lambda s: s.position.close())
        for step in chance.integers(0, count, 10)
    }
    result = play(script, market, commission_bps=5)
    metrics = compute(result, [market], RunConfig(commission_bps=5))

    for name, value in metrics.items():
        assert value is None or math.isfinite(value), name
    closed = sum(float(trade.pnl) for trade in result.trades)
    assert metrics["final_equity"] == pytest.approx(10_000 + closed)
    assert metrics["total_return"] == pytest.approx(metrics["final_equity"] / 10_000 - 1)


def test_financing_that_was_paid_is_positive() -> None:
    options = {"cash": 1_000, "borrow_bps": 3_650}
    market = flat(11)
    result = play({0: lambda s: s.sell(5)}, market, **options)
    metrics = compute(result, [market], RunConfig(**options))

    assert metrics["financing_paid"] == pytest.approx(1_000 - result.equity[-1])
    assert metrics["financing_paid"] == metrics["borrow_paid"] > 0
    assert metrics["interest_paid"] == metrics["funding_paid"] == 0


def test_financing_is_all_that_was_paid_for_holding_and_owing() -> None:
    options = {"leverage": 4, "borrow_bps": 365, "debit_bps": 730, "funding_bps": 1}
    market = [flat(4, symbol=name) for name in "AB"]
    script = {0: lambda s: (s.sell(10, symbol="A"), s.buy(200, symbol="B"))}
    metrics = compute(play(script, market, **options), market, RunConfig(**options))

    # Two nights with 1,000 short and 9,000 owed; three fundings a day of 19,000.
    assert metrics["borrow_paid"] == pytest.approx(0.2)
    assert metrics["funding_paid"] == pytest.approx(2 * 3 * 1.9)
    assert metrics["interest_paid"] == pytest.approx(2 * 1.8, rel=1e-3)
    parts = [metrics[f"{name}_paid"] for name in ("borrow", "interest", "funding")]
    assert metrics["financing_paid"] == pytest.approx(sum(parts), rel=1e-12)


def test_taxes_are_told_from_commission() -> None:
    tax = {"kind": "dated", "side": "sell", "rates": [["2020-01-01", 20]]}
    options = {"commission_bps": 10, "taxes": [tax]}
    market = flat(4)
    result = play({0: lambda s: s.buy(10), 1: lambda s: s.sell(10)}, market, **options)
    metrics = compute(result, [market], RunConfig(**options))

    assert metrics["tax_paid"] == 2.0
    assert metrics["commission_paid"] == 2.0
    assert result.cash == 10_000 - 4
