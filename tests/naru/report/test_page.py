from typing import Any

import numpy as np
import pytest

from naru.report.page import page_data
from tests.naru.engine.scenes import walk

FLIP = {
    step: (lambda s: s.buy(1)) if step % 2 == 0 else (lambda s: s.position.close())
    for step in range(12_000)
}


def test_long_runs_are_cut_to_what_a_screen_shows(run: Any) -> None:
    result, bars = run(FLIP, bars=[walk(12_000)], cash=100_000)
    data = page_data(result, bars, "en")

    assert len(result["trades"]) == data["trade_count"] > 5_000
    assert len(data["trades"]) == 5_000
    assert len(data["markers"]) == 1_500
    assert len(data["equity"]["ts"]) <= 4_000
    assert data["prices"][0]["candles"] is None
    left_out = {trade["pnl"] for trade in data["trades"]} ^ {
        float(trade["pnl"]) for trade in result["trades"]
    }
    assert max(map(abs, left_out)) <= min(abs(trade["pnl"]) for trade in data["trades"])
    opened = [trade["entry_ts"] for trade in data["markers"]]
    assert opened == sorted(opened)


def test_series_are_what_the_run_was(run: Any) -> None:
    result, bars = run()
    data = page_data(result, bars, "en")
    [prices] = data["prices"]

    assert prices["close"] == pytest.approx(bars[0].close.tolist())
    assert prices["candles"]["high"] == pytest.approx(bars[0].high.tolist())
    assert prices["ts"][0] == int(bars[0].ts[0]) // 1_000_000
    assert data["equity"]["value"] == pytest.approx(result["equity"]["value"])
    assert -min(data["equity"]["drawdown"]) == pytest.approx(result["metrics"]["max_drawdown"])
    assert data["equity"]["benchmark"][-1] / 10_000 - 1 == pytest.approx(
        result["metrics"]["benchmark_return"]
    )


def test_the_most_traded_symbols_are_shown(run: Any) -> None:
    bars = [walk(60, seed=place, symbol=f"S{place}") for place in range(10)]
    result, bars = run({3: lambda s: s.buy(1, symbol="S9")}, bars=bars)
    symbols = [prices["symbol"] for prices in page_data(result, bars, "en")["prices"]]

    assert len(symbols) == 8
    assert symbols[0] == "S9"


def test_the_chosen_benchmark_is_drawn(run: Any) -> None:
    bars = [walk(60, seed=1, symbol="A"), walk(60, seed=2, symbol="B")]
    result, bars = run({}, bars=bars, benchmark="B")
    drawn = page_data(result, bars, "en")["equity"]["benchmark"]

    assert drawn[-1] == pytest.approx(10_000 * bars[1].close[-1] / bars[1].close[0])


def test_daily_returns_are_counted_once(run: Any) -> None:
    result, bars = run()
    distribution = page_data(result, bars, "en")["distribution"]
    equity = np.array(result["equity"]["value"])

    assert sum(distribution["counts"]) == np.count_nonzero(np.diff(equity, prepend=10_000.0))
    assert 0.0 in distribution["edges"]


def test_still_and_short_runs_have_empty_charts(run: Any) -> None:
    result, bars = run({}, bars=[walk(5, timeframe="1d")])
    data = page_data(result, bars, "en")

    assert data["distribution"] == {"edges": [], "counts": []}
    assert data["rolling"]["ts"] == []


def test_rolling_sharpe_covers_the_run(run: Any) -> None:
    result, bars = run({3: lambda s: s.buy(percent=0.9)}, bars=[walk(900, timeframe="1d")])
    rolling = page_data(result, bars, "en")["rolling"]

    assert rolling["window_days"] == 183
    assert len(rolling["ts"]) == 900 - 182


def test_rolling_sharpe_is_broken_where_nothing_was_held(run: Any) -> None:
    script = {
        3: lambda s: s.buy(percent=0.9), 200: lambda s: s.position.close(),
        600: lambda s: s.buy(percent=0.9),
    }  # fmt: skip
    result, bars = run(script, bars=[walk(900, timeframe="1d")])
    rolling = page_data(result, bars, "en")["rolling"]

    broken = [place for place, value in enumerate(rolling["value"]) if value is None]
    (gap,) = broken
    days = [(ts - rolling["ts"][0]) // 86_400_000 + 182 for ts in rolling["ts"]]
    assert days[gap - 1 : gap + 2] == [383, 600, 601]
    assert days == sorted(set(days))
