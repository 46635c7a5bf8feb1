import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru.metrics import performance, rolling
from naru.metrics.benchmark import compare

YEAR = 252.0
RETURNS = np.random.default_rng(5).normal(0.001, 0.02, 300)
MARKET = np.random.default_rng(6).normal(0.001, 0.02, 300)


def test_windows_agree_with_the_whole_series_functions() -> None:
    volatility = rolling.rolling_volatility(RETURNS, 20, YEAR)
    sharpe = rolling.rolling_sharpe(RETURNS, 20, YEAR)
    beta = rolling.rolling_beta(RETURNS, MARKET, 20)

    for end in (20, 21, 150, 300):
        window, market = RETURNS[end - 20 : end], MARKET[end - 20 : end]
        assert volatility[end - 1] == pytest.approx(performance.volatility(window, YEAR))
        assert sharpe[end - 1] == pytest.approx(performance.sharpe(window, YEAR))
        assert beta[end - 1] == pytest.approx(compare(window, market).beta())


def test_undefined_until_the_first_window_is_full_and_where_nothing_varies() -> None:
    returns = np.concatenate((RETURNS[:30], np.zeros(30)))

    sharpe = rolling.rolling_sharpe(returns, 10, YEAR)
    assert np.isnan(sharpe[:9]).all()
    assert not np.isnan(sharpe[9:30]).any()
    assert np.isnan(sharpe[40:]).all()
    assert rolling.rolling_volatility(returns, 10, YEAR)[45] == pytest.approx(0.0, abs=1e-6)
    assert np.isnan(rolling.rolling_sharpe(returns[:5], 10, YEAR)).all()
    assert len(rolling.rolling_sharpe(returns[:0], 10, YEAR)) == 0


def test_a_window_has_at_least_two_returns() -> None:
    with pytest.raises(ValueError, match="at least two"):
        rolling.rolling_sharpe(RETURNS, 1, YEAR)


@given(st.lists(st.floats(-0.5, 0.5), max_size=50), st.integers(2, 12))
def test_volatility_is_never_imaginary(returns, window) -> None:
    values = rolling.rolling_volatility(np.array(returns), window, YEAR)
    assert all(math.isnan(value) or value >= 0 for value in values)
