"""Averages depend on their window and on nothing else, and ties are ties."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru import ta
from naru.ta.exact_sums import MeanState, mean_row, mean_rows, rolling_linear_mean, rolling_mean

cents = st.integers(1, 10**7).map(lambda price: price / 100)
satoshis = st.integers(1, 10**13).map(lambda price: price / 1e8)
any_float = st.floats(-1e12, 1e12, allow_subnormal=False)


def exact_mean(window):
    return Fraction(sum(map(Fraction, window))) / len(window)


@given(st.lists(any_float, min_size=1, max_size=60), st.integers(1, 20))
def test_means_are_right_to_the_last_digits(values, period):
    means = rolling_mean(np.array(values), min(period, len(values)))
    for start, mean in enumerate(means):
        window = values[start : start + min(period, len(values))]
        size = max(map(abs, window))
        assert abs(Fraction(float(mean)) - exact_mean(window)) <= Fraction(size) / 2**50


@pytest.mark.parametrize("kernel", [rolling_mean, rolling_linear_mean])
@given(st.data())
def test_a_window_s_mean_does_not_depend_on_its_past(kernel, data):
    window = data.draw(st.lists(cents | satoshis | any_float, min_size=2, max_size=12))
    past = data.draw(st.lists(cents | any_float, max_size=30))
    alone = kernel(np.array(window), len(window))[-1]
    assert kernel(np.array(past + window), len(window))[-1] == alone


@given(st.lists(cents | satoshis, min_size=2, max_size=12), st.randoms())
def test_the_mean_of_decimals_does_not_depend_on_their_order(window, chance):
    shuffled = list(window)
    chance.shuffle(shuffled)
    n = len(window)
    assert rolling_mean(np.array(window), n)[0] == rolling_mean(np.array(shuffled), n)[0]


@given(cents | satoshis | any_float, st.integers(1, 100))
def test_the_mean_of_one_value_repeated_is_that_value(value, period):
    if abs(value) * period > 4e10:
        return  # beyond the grid: a float sum, right to the last digits only
    same = np.full(period + 3, value)
    np.testing.assert_array_equal(rolling_mean(same, period), value)
    np.testing.assert_array_equal(ta.sma(same, period)[period - 1 :], value)
    np.testing.assert_array_equal(ta.ema(same, period)[period - 1 :], value)


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=6), st.integers(2, 5))
def test_averages_that_tie_on_paper_tie_here(prices, times):
    """A window, and the same window several times over, have one average."""
    once = np.array(prices) / 100
    often = np.tile(once, times)
    fast, slow = ta.sma(often, len(once)), ta.sma(often, len(often))
    assert fast[-1] == slow[-1]
    assert not ta.crossover(fast, slow)[-1]


def test_a_running_sum_would_miss_these_ties():
    rng = np.random.default_rng(2)
    close = np.round(100 + np.cumsum(rng.integers(-2, 3, 20_000)) / 10, 1)
    cents = np.rint(close * 10).astype(np.int64)
    total = np.concatenate(([0], np.cumsum(cents)))
    ties = [
        row
        for row in range(50, 20_000)
        if (total[row] - total[row - 10]) * 2 == total[row] - total[row - 20]
    ]
    assert len(ties) > 50
    fast, slow = ta.sma(close, 10), ta.sma(close, 20)
    assert all(fast[row - 1] == slow[row - 1] for row in ties)

    running = np.cumsum(close)
    quick, calm = (
        np.concatenate((np.full(n, np.nan), (running[n:] - running[:-n]) / n)) for n in (10, 20)
    )
    assert not all(quick[row - 1] == calm[row - 1] for row in ties)


@given(st.lists(cents | satoshis | any_float, min_size=1, max_size=80), st.integers(1, 30))
def test_fed_one_by_one_the_bits_are_the_same(values, period):
    state = MeanState(period)
    fed = [state.update(value) for value in values]
    np.testing.assert_array_equal(fed, ta.sma(values, period))
    weighted = ta.incremental(ta.wma, period)
    np.testing.assert_array_equal([weighted.update(v) for v in values], ta.wma(values, period))


def test_windows_longer_than_a_block_and_blocks_longer_than_a_window():
    rng = np.random.default_rng(4)
    values = np.round(rng.uniform(10, 20, 60_000), 4)
    for period in (2, 20_000, 59_999):
        means = rolling_mean(values, period)
        for row in (0, 1, len(means) - 1):
            wanted = values[row : row + period].mean()
            np.testing.assert_allclose(means[row], wanted, rtol=1e-12)
    weights = np.arange(1.0, 31)
    wanted = np.convolve(values, weights[::-1], "valid") / weights.sum()
    np.testing.assert_allclose(rolling_linear_mean(values, 30), wanted, rtol=1e-12)


@pytest.mark.parametrize("size", [1e-300, 1e-9, 1e9, 1e15, 1e300])
def test_values_off_any_grid_are_averaged_all_the_same(size):
    values = np.random.default_rng(5).uniform(-size, size, 500)
    for period, kernel in itertools.product((1, 2, 33), (rolling_mean, rolling_linear_mean)):
        weights = np.ones(period) if kernel is rolling_mean else np.arange(1.0, period + 1)
        wanted = np.convolve(values, weights[::-1], "valid") / weights.sum()
        np.testing.assert_allclose(kernel(values, period), wanted, rtol=1e-9, atol=1e-12 * size)


@given(st.lists(st.tuples(cents, cents, cents), min_size=1, max_size=20))
def test_mean_prices_that_tie_on_paper_tie_here(rows):
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    means = mean_rows(*columns)
    for row, mean in zip(rows, means, strict=True):
        assert mean == mean_row(*row) == mean_row(*sorted(row))
