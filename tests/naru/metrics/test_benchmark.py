import empyrical
import numpy as np
import pytest

from naru.metrics import benchmark as bench

CHANCE = np.random.default_rng(3)
MARKET = CHANCE.normal(0.0003, 0.01, 800)
RETURNS = 0.6 * MARKET + CHANCE.normal(0.0002, 0.006, 800)
YEAR = 252.0


def test_alpha_and_beta_against_empyrical():
    alpha, beta = empyrical.alpha_beta(RETURNS, MARKET, annualization=1)

    assert bench.beta(RETURNS, MARKET) == pytest.approx(beta)
    assert bench.alpha(RETURNS, MARKET, YEAR) == pytest.approx(alpha * YEAR)
    alpha, _ = empyrical.alpha_beta(RETURNS, MARKET, risk_free=0.0001, annualization=1)
    yearly = 1.0001**YEAR - 1
    assert bench.alpha(RETURNS, MARKET, YEAR, yearly) == pytest.approx(alpha * YEAR)


def test_information_ratio_against_empyrical():
    ratio = empyrical.excess_sharpe(RETURNS, MARKET) * np.sqrt(YEAR)
    assert bench.information_ratio(RETURNS, MARKET, YEAR) == pytest.approx(ratio)


def test_correlation_against_numpy():
    assert bench.correlation(RETURNS, MARKET) == pytest.approx(np.corrcoef(RETURNS, MARKET)[0, 1])


def test_the_benchmark_itself_has_beta_one_and_no_alpha():
    assert bench.beta(MARKET, MARKET) == pytest.approx(1.0)
    assert bench.alpha(MARKET, MARKET, YEAR) == pytest.approx(0.0, abs=1e-12)
    assert bench.information_ratio(MARKET, MARKET, YEAR) is None
    assert bench.tracking_error(MARKET, MARKET, YEAR) == 0.0


def test_a_still_benchmark_leaves_them_undefined():
    still = np.zeros(len(RETURNS))

    assert bench.beta(RETURNS, still) is None
    assert bench.alpha(RETURNS, still, YEAR) is None
    assert bench.correlation(RETURNS, still) is None
    assert bench.beta(RETURNS[:1], MARKET[:1]) is None
    assert bench.information_ratio(RETURNS, MARKET, None) is None
