"""Moments taken block by block are those of the whole."""

import math

import numpy as np
import pytest

from naru.metrics.benchmark import compare
from naru.metrics.moments import BLOCK, deviation, moments_of, moments_of_curve, simple_returns
from naru.metrics.performance import sortino

CHANCE = np.random.default_rng(11)
COUNT = 2 * BLOCK + 1_000
# The means differ from block to block, so that joining them has something to add.
MARKET = CHANCE.normal(0.0, 0.01, COUNT) + np.linspace(-0.01, 0.02, COUNT)
RETURNS = 0.5 * MARKET + CHANCE.normal(0.001, 0.01, COUNT)
RATE = 0.002


def test_blocks_join_to_the_whole() -> None:
    whole = moments_of(RETURNS, MARKET, RATE)

    assert whole.count == COUNT
    assert (whole.mean, whole.benchmark_mean) == pytest.approx((RETURNS.mean(), MARKET.mean()))
    assert deviation(whole) == pytest.approx(RETURNS.std(ddof=1))
    covariance = np.cov(RETURNS, MARKET)
    assert compare(RETURNS, MARKET).beta() == pytest.approx(covariance[0, 1] / covariance[1, 1])
    assert whole.products == pytest.approx(covariance[0, 1] * (COUNT - 1))
    assert compare(RETURNS, MARKET).tracking_error(1) == pytest.approx(
        (RETURNS - MARKET).std(ddof=1)
    )
    assert whole.shortfall_squares == pytest.approx((np.minimum(RETURNS - RATE, 0) ** 2).sum())


def test_a_curve_has_the_moments_of_its_returns() -> None:
    equity, benchmark = (np.cumprod(1 + each / 10) for each in (RETURNS, MARKET))
    by_curve = moments_of_curve(equity, benchmark, RATE)
    by_returns = moments_of(simple_returns(equity), simple_returns(benchmark), RATE)

    assert by_curve == by_returns
    assert moments_of_curve(equity, None, RATE).difference_squares == 0.0


def test_a_curve_that_is_ruined_has_no_returns_from_then_on() -> None:
    equity = np.array([100.0, 50.0, -10.0, 20.0, 40.0])
    ruined = moments_of_curve(equity, equity * 2 + 100, 0.0)

    # -50 %, then -120 %, and nothing any more.
    assert (ruined.count, ruined.mean) == (4, pytest.approx(-1.7 / 4))
    assert sortino(ruined, 1.0) == pytest.approx(-1.7 / 4 / math.sqrt((0.25 + 1.44) / 4))
