"""Statistics and regressions against exact fractions and NumPy."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from naru import ta
from tests.naru.ta.market import walk

windows = arrays(np.float64, st.integers(3, 40), elements=st.floats(0.01, 1e6).map(lambda x: x))


def fractions(window):
    return [Fraction(float(value)) for value in window]


def exact_variance(window):
    values = fractions(window)
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / len(values)


def exact_line(window):
    values = fractions(window)
    n = len(values)
    middle, mean = Fraction(n - 1, 2), sum(values) / n
    spread = sum((place - middle) ** 2 for place in range(n))
    slope = sum((place - middle) * value for place, value in enumerate(values)) / spread
    return slope, mean + slope * (n - 1 - middle)


@given(windows, st.integers(3, 12))
@settings(deadline=None)
def test_variance_is_right_to_ten_digits_at_any_price_level(values, period):
    period = min(period, len(values))
    for level in (0.0, 1e6):
        series = values + level
        got = ta.variance(series, period)
        for row in range(period - 1, len(series)):
            wanted = float(exact_variance(series[row - period + 1 : row + 1]))
            assert got[row] == pytest.approx(wanted, rel=1e-10, abs=1e-300)


@given(windows, st.integers(3, 12))
@settings(deadline=None)
def test_lines_are_right_at_any_price_level(values, period):
    period = min(period, len(values))
    slope, end = ta.linreg_slope(values, period), ta.linreg(values, period)
    for row in range(period - 1, len(values)):
        window = values[row - period + 1 : row + 1]
        wanted_slope, wanted_end = exact_line(window)
        size = float(np.ptp(window))
        assert slope[row] == pytest.approx(float(wanted_slope), abs=1e-12 * size)
        assert end[row] == pytest.approx(float(wanted_end), rel=1e-12)


def test_a_straight_line_is_fitted_by_itself():
    series = 3.0 + 0.25 * np.arange(50)
    np.testing.assert_array_equal(ta.linreg(series, 10)[9:], series[9:])
    np.testing.assert_array_equal(ta.tsf(series, 10)[9:], series[9:] + 0.25)
    np.testing.assert_array_equal(ta.linreg_slope(series, 10)[9:], 0.25)
    np.testing.assert_allclose(ta.linreg_r2(series, 10)[9:], 1.0, rtol=1e-12)
    np.testing.assert_array_equal(ta.linreg_error(series, 10)[9:], 0.0)


@given(st.floats(1e-6, 1e9), st.integers(3, 30))
def test_values_that_do_not_vary_have_no_statistics(value, period):
    same = np.full(period + 5, value)
    for function, wanted in (
        (ta.variance, 0), (ta.stddev, 0), (ta.zscore, 0), (ta.skew, 0), (ta.kurtosis, -3),
        (ta.linreg_slope, 0), (ta.linreg_r2, 0), (ta.linreg_error, 0), (ta.linreg, value),
        (ta.tsf, value), (ta.median, value), (ta.percentile_rank, 100),
    ):  # fmt: skip
        np.testing.assert_array_equal(function(same, period)[period:], wanted)
    np.testing.assert_array_equal(ta.correlation(same, np.arange(len(same)), period)[period:], 0)


@pytest.mark.parametrize("period", [3, 20, 128, 600])
def test_against_numpy_windows(period):
    bars = walk(1_500, seed=6)
    close, volume = bars["close"], bars["volume"]
    view = np.lib.stride_tricks.sliding_window_view
    x, y = view(close, period), view(volume, period)
    x0, y0 = x - x.mean(axis=1)[:, None], y - y.mean(axis=1)[:, None]
    m2, m3, m4 = ((x0**k).mean(axis=1) for k in (2, 3, 4))
    cov, spread = (x0 * y0).mean(axis=1), (y0 * y0).mean(axis=1)
    slope = cov / spread
    line = x0 - slope[:, None] * y0
    fit = ta.regression(close, volume, period)
    cases = {
        "stddev": (ta.stddev(close, period), np.sqrt(m2)),
        "skew": (ta.skew(close, period), m3 / m2**1.5),
        "kurtosis": (ta.kurtosis(close, period), m4 / m2**2 - 3),
        "covariance": (ta.covariance(close, volume, period), cov),
        "correlation": (ta.correlation(close, volume, period), cov / np.sqrt(m2 * spread)),
        "median": (ta.median(close, period), np.median(x, axis=1)),
        "quantile": (ta.quantile(close, period, 0.3), np.quantile(x, 0.3, axis=1)),
        "zscore": (ta.zscore(close, period), x0[:, -1] / np.sqrt(m2)),
        "slope": (fit.slope, slope),
        "intercept": (fit.intercept, x.mean(axis=1) - slope * y.mean(axis=1)),
        "residual": (fit.residual, line[:, -1]),
        "error": (fit.error, np.sqrt((line**2).sum(axis=1) / (period - 2))),
        "r2": (fit.r2, 1 - (line**2).sum(axis=1) / (x0**2).sum(axis=1)),
    }
    for name, (got, wanted) in cases.items():
        np.testing.assert_allclose(got[period - 1 :], wanted, rtol=1e-8, atol=1e-9, err_msg=name)


def test_percentile_rank_counts_the_values_before():
    ranks = ta.percentile_rank([1.0, 2.0, 3.0, 4.0, 2.0, 0.0], 4)
    np.testing.assert_array_equal(ranks[4:], [50.0, 0.0])


def test_bars_since_the_newest_of_equal_extremes():
    assert ta.bars_since_highest([5, 1, 5, 1, 1], 5)[-1] == 2
    assert ta.bars_since_lowest([5, 1, 5, 1, 1], 5)[-1] == 0
