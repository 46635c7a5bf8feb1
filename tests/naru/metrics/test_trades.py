import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru.metrics.trades import TradeColumns, longest_run, trade_metrics


def columns(pnl: list[float]) -> TradeColumns:
    values = np.array(pnl, dtype=float)
    return TradeColumns(values, values / 1_000, np.arange(1.0, len(values) + 1) * 60)


def test_by_hand() -> None:
    assert trade_metrics(columns([100.0, -50.0, 0.0, 200.0, 60.0, -30.0])) == {
        "trade_count": 6,
        "win_rate": 0.5,
        "profit_factor": pytest.approx(4.5),
        "avg_win": pytest.approx(120.0),
        "avg_loss": pytest.approx(-40.0),
        "payoff_ratio": pytest.approx(3.0),
        "expectancy": pytest.approx(280 / 6),
        "avg_trade_return": pytest.approx(0.28 / 6),
        "best_trade_return": pytest.approx(0.2),
        "worst_trade_return": pytest.approx(-0.05),
        "avg_holding_s": pytest.approx(210.0),
        "max_holding_s": 360.0,
        "max_wins_in_a_row": 2,
        "max_losses_in_a_row": 1,
    }


def test_without_trades_only_counts_are_known() -> None:
    metrics = trade_metrics(columns([]))
    known = {name: value for name, value in metrics.items() if value is not None}
    assert known == {"trade_count": 0, "max_wins_in_a_row": 0, "max_losses_in_a_row": 0}


def test_without_losses_there_is_no_profit_factor() -> None:
    metrics = trade_metrics(columns([1.0, 2.0]))
    assert (metrics["win_rate"], metrics["profit_factor"], metrics["avg_loss"]) == (1.0, None, None)


@given(st.lists(st.booleans()))
def test_longest_run_agrees_with_the_definition(flags) -> None:
    runs = "".join("x" if flag else " " for flag in flags).split()
    assert longest_run(np.array(flags, dtype=bool)) == max(map(len, runs), default=0)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_expectancy_is_what_wins_and_losses_come_to(pnl) -> None:
    metrics = trade_metrics(columns(pnl))
    assert metrics["expectancy"] == pytest.approx(sum(pnl) / len(pnl), abs=1e-6)
    assert metrics["win_rate"] == sum(value > 0 for value in pnl) / len(pnl)
