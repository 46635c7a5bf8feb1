import empyrical
import numpy as np
import pytest

from naru.metrics.benchmark import compare

CHANCE = np.random.default_rng(3)
MARKET = CHANCE.normal(0.0003, 0.01, 800)
RETURNS = 0.6 * MARKET + CHANCE.normal(0.0002, 0.006, 800)
YEAR = 252.0


def test_alpha_and_beta_against_empyrical() -> None:
    alpha, beta = empyrical.alpha_beta(RETURNS, MARKET, annualization=1)

    assert compare(RETURNS, MARKET).beta() == pytest.approx(beta)
    assert compare(RETURNS, MARKET).alpha(YEAR) == pytest.approx(alpha * YEAR)
    alpha, _ = empyrical.alpha_beta(RETURNS, MARKET, risk_free=0.0001, annualization=1)
    yearly = 1.0001**YEAR - 1
    assert compare(RETURNS, MARKET).alpha(YEAR, yearly) == pytest.approx(alpha * YEAR)


def test_information_ratio_against_empyrical() -> None:
    ratio = empyrical.excess_sharpe(RETURNS, MARKET) * np.sqrt(YEAR)
    assert compare(RETURNS, MARKET).information_ratio(YEAR) == pytest.approx(ratio)


def test_correlation_against_numpy() -> None:
    assert compare(RETURNS, MARKET).correlation() == pytest.approx(
        np.corrcoef(RETURNS, MARKET)[0, 1]
    )


def test_the_benchmark_itself_has_beta_one_and_no_alpha() -> None:
    assert compare(MARKET, MARKET).beta() == pytest.approx(1.0)
    assert compare(MARKET, MARKET).alpha(YEAR) == pytest.approx(0.0, abs=1e-12)
    assert compare(MARKET, MARKET).information_ratio(YEAR) is None
    assert compare(MARKET, MARKET).tracking_error(YEAR) == 0.0


def test_a_still_benchmark_leaves_them_undefined() -> None:
    still = np.zeros(len(RETURNS))

    assert compare(RETURNS, still).beta() is None
    assert compare(RETURNS, still).alpha(YEAR) is None
    assert compare(RETURNS, still).correlation() is None
    assert compare(RETURNS[:1], MARKET[:1]).beta() is None
    assert compare(RETURNS, MARKET).information_ratio(None) is None
    assert compare(still[:0], still[:0]).alpha(YEAR) is None


def test_two_returns_are_enough() -> None:
    # Offsets from the means: 1 and -1 %, 2 and -2 %.
    pair = compare(np.array([0.03, 0.01]), np.array([0.05, 0.01]))

    assert pair.beta() == pytest.approx(0.5)
    assert pair.correlation() == pytest.approx(1.0)
    assert pair.alpha(YEAR) == pytest.approx((0.02 - 0.5 * 0.03) * YEAR)
    assert pair.tracking_error(2) == pytest.approx(0.02)  # the root of 2 squares of 1 % times 2
    assert pair.information_ratio(2) == pytest.approx(-0.01 * 2 / 0.02)
    one = compare(RETURNS[:1], MARKET[:1])
    assert (one.correlation(), one.tracking_error(YEAR)) == (None, None)
    assert (pair.alpha(None), pair.tracking_error(None)) == (None, None)


def test_series_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        compare(RETURNS, MARKET[:-1])
