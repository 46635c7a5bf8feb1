import math

import empyrical
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru.metrics import performance as perf
from naru.metrics.drawdown import find_drawdowns

YEAR = 252.0
RETURNS = np.random.default_rng(7).normal(0.0004, 0.012, 1_500)
EQUITY = 10_000 * np.concatenate(([1.0], np.cumprod(1 + RETURNS)))

curves = st.lists(st.floats(0.5, 2.0), min_size=1, max_size=60).map(
    lambda steps: 10_000 * np.cumprod([1.0, *steps])
)


def test_returns_and_total_by_hand() -> None:
    equity = np.array([100.0, 110.0, 99.0, 99.0])

    assert perf.simple_returns(equity) == pytest.approx([0.1, -0.1, 0.0])
    assert perf.total_return(equity) == pytest.approx(-0.01)


def test_returns_after_ruin_are_zero() -> None:
    equity = np.array([100.0, 50.0, -10.0, 40.0, 80.0])

    assert perf.simple_returns(equity) == pytest.approx([-0.5, -1.2, 0.0, 0.0])
    assert perf.simple_returns(np.array([100.0, 0.0, 50.0])) == pytest.approx([-1.0, 0.0])


def test_annual_return_by_hand() -> None:
    # A year of 690 bars like this one is still a number, one of 800 is none.
    assert perf.annual_return(math.e - 1, 1, 690.0) == pytest.approx(math.exp(690))
    assert perf.annual_return(math.e - 1, 1, 800.0) is None
    assert perf.annual_return(0.21, 504, YEAR) == pytest.approx(0.1)
    assert perf.annual_return(-1.0, 504, YEAR) == -1.0
    assert perf.annual_return(-1.5, 504, YEAR) == -1.0
    assert perf.annual_return(0.21, 0, YEAR) is None
    assert perf.annual_return(None, 10, YEAR) is None
    assert perf.annual_return(0.5, 1, 1e9) is None


def test_against_empyrical() -> None:
    assert perf.total_return(EQUITY) == pytest.approx(empyrical.cum_returns_final(RETURNS))
    annual = perf.annual_return(perf.total_return(EQUITY), len(RETURNS), YEAR)
    assert annual == pytest.approx(empyrical.annual_return(RETURNS, annualization=YEAR))
    assert perf.volatility(RETURNS, YEAR) == pytest.approx(
        empyrical.annual_volatility(RETURNS, annualization=YEAR)
    )
    assert perf.sharpe(RETURNS, YEAR) == pytest.approx(
        empyrical.sharpe_ratio(RETURNS, annualization=YEAR)
    )
    assert perf.sortino(RETURNS, YEAR) == pytest.approx(
        empyrical.sortino_ratio(RETURNS, annualization=YEAR)
    )
    drawdowns = find_drawdowns(EQUITY)
    assert drawdowns is not None
    assert drawdowns.deepest == pytest.approx(-empyrical.max_drawdown(RETURNS))
    assert perf.calmar(annual, drawdowns.deepest) == pytest.approx(
        empyrical.calmar_ratio(RETURNS, annualization=YEAR)
    )


def test_risk_free_rate_against_empyrical() -> None:
    rate = perf.risk_free_per_bar(0.03, YEAR)

    assert (1 + rate) ** YEAR == pytest.approx(1.03)
    assert perf.sharpe(RETURNS, YEAR, 0.03) == pytest.approx(
        empyrical.sharpe_ratio(RETURNS, risk_free=rate, annualization=YEAR)
    )
    assert perf.sortino(RETURNS, YEAR, 0.03) == pytest.approx(
        empyrical.sortino_ratio(RETURNS, required_return=rate, annualization=YEAR)
    )


@pytest.mark.parametrize(
    "returns", [[], [0.01], [0.0, 0.0, 0.0], [0.01] * 30, [0.1, 0.1, 0.1]], ids=len
)
def test_ratios_without_risk_are_undefined(returns) -> None:
    returns = np.array(returns, dtype=float)

    assert perf.sharpe(returns, YEAR) is None
    assert perf.sortino(returns, YEAR) is None


def test_ratios_without_a_year_are_undefined() -> None:
    assert perf.sharpe(RETURNS, None) is None
    assert perf.sortino(RETURNS, None) is None
    assert perf.volatility(RETURNS, None) is None


@given(curves)
def test_metrics_are_finite_or_none(equity) -> None:
    returns = perf.simple_returns(equity)
    total = perf.total_return(equity)
    values = [
        total,
        perf.annual_return(total, len(returns), YEAR),
        perf.volatility(returns, YEAR),
        perf.sharpe(returns, YEAR),
        perf.sortino(returns, YEAR, 0.02),
    ]

    assert all(value is None or math.isfinite(value) for value in values)
    assert np.prod(1 + returns) - 1 == pytest.approx(total)


@given(curves, st.floats(0.01, 1000.0))
def test_ratios_do_not_depend_on_the_size_of_the_account(equity, factor) -> None:
    for metric in (perf.sharpe, perf.sortino):
        one = metric(perf.simple_returns(equity), YEAR)
        other = metric(perf.simple_returns(equity * factor), YEAR)
        assert one == other or one == pytest.approx(other, rel=1e-6)
