import numpy as np
import pytest

from naru.metrics.bootstrap import confidence_intervals, stationary_samples

DAY = 86_400_000_000_000
TS = DAY * np.arange(600)
EQUITY = 10_000 * np.cumprod(
    np.concatenate(([1.0], 1 + np.random.default_rng(2).normal(0.001, 0.01, 599)))
)


def test_the_same_seed_gives_the_same_intervals() -> None:
    first = confidence_intervals(TS, EQUITY, seed=1, samples=50)

    assert confidence_intervals(TS, EQUITY, seed=1, samples=50) == first
    assert confidence_intervals(TS, EQUITY, seed=2, samples=50) != first


def test_intervals_hold_the_measured_value_and_widen_with_confidence() -> None:
    narrow = confidence_intervals(TS, EQUITY, seed=1, samples=300, confidence=0.5)
    wide = confidence_intervals(TS, EQUITY, seed=1, samples=300, confidence=0.99)
    total = EQUITY[-1] / EQUITY[0] - 1

    assert wide["total_return"].low < narrow["total_return"].low < total
    assert total < narrow["total_return"].high < wide["total_return"].high
    assert 0 < wide["max_drawdown"].low < wide["max_drawdown"].high < 1


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    covered = 0
    for seed in range(60):
        returns = np.random.default_rng(seed).normal(0.0005, 0.01, 250)
        equity = np.concatenate(([1.0], np.cumprod(1 + returns)))
        interval = confidence_intervals(TS[:251], equity, seed=seed, samples=200, confidence=0.8)
        sharpe = interval["sharpe"]
        covered += sharpe.low <= 0.05 * np.sqrt(365.25) <= sharpe.high
    assert 38 <= covered <= 57


def test_minute_bars_are_resampled_as_days() -> None:
    minutes = np.repeat(TS[:30], 4) + DAY // 4 * np.tile(np.arange(4), 30)
    equity = np.linspace(100.0, 130.0, 120)
    daily = confidence_intervals(
        np.append(minutes[0], minutes[3::4]), np.append(equity[0], equity[3::4]), seed=4, samples=20
    )

    assert confidence_intervals(minutes, equity, seed=4, samples=20) == daily


def test_too_short_series_have_no_intervals() -> None:
    assert confidence_intervals(TS[:10], EQUITY[:10], seed=1) == {}
    assert confidence_intervals(TS[:11], EQUITY[:11], seed=1, samples=20)  # ten returns


def test_blocks_are_as_long_as_asked_on_average() -> None:
    jumps = 0
    for sample in stationary_samples(1_000, 50, 10.0, seed=3):
        assert sample.min() >= 0
        assert sample.max() < 1_000
        jumps += np.count_nonzero((np.diff(sample) % 1_000) != 1)
    assert 50 * 1_000 / jumps == pytest.approx(10.0, rel=0.05)


def test_ruin_is_within_the_interval() -> None:
    equity = np.concatenate((np.full(300, 100.0), np.zeros(300)))
    intervals = confidence_intervals(TS, equity, seed=1, samples=50)
    assert intervals["total_return"].low == -1.0
    assert intervals["max_drawdown"].high == 1.0


# Of 40,000 resamplings by arch 8.0.0 (StationaryBootstrap, blocks of 600 ** (1 / 3), seed 1; not
# installed here): percentiles 2.5 and 97.5, then the standard error of each among 4,000.
BY_ARCH = {
    "total_return": ((-0.38485934, 1.41517243), (0.0092, 0.0398)),
    "annual_return": ((-0.25605953, 0.71048662), (0.0068, 0.0171)),
    "sharpe": ((-1.40044773, 2.83156645), (0.0459, 0.0457)),
    "sortino": ((-1.87522301, 4.52605633), (0.0536, 0.1019)),
    "max_drawdown": ((0.14235179, 0.50977467), (0.0022, 0.0045)),
}


def swinging_returns() -> np.ndarray:
    """Return returns of which each leans on the one before."""
    shocks = np.random.default_rng(5).normal(0, 0.01, 600)
    returns = shocks.copy()
    for place in range(1, 600):
        returns[place] = 0.0006 + 0.3 * returns[place - 1] + shocks[place]
    return returns


def test_intervals_are_those_of_another_library() -> None:
    equity = np.concatenate(([1.0], np.cumprod(1 + swinging_returns())))
    intervals = confidence_intervals(DAY * np.arange(601), equity, seed=3, samples=4_000)

    assert intervals.keys() == BY_ARCH.keys()
    for name, (bounds, errors) in BY_ARCH.items():
        found = intervals[name].low, intervals[name].high
        for ours, theirs, error in zip(found, bounds, errors, strict=True):
            assert ours == pytest.approx(theirs, abs=4 * error), name


def test_the_mean_varies_between_resamplings_as_theory_says() -> None:
    """Politis and Romano (1994), lemma 1: the variance, given the series, of the resampled mean."""
    returns, block, samples = swinging_returns(), 8.0, 4_000
    count, places = len(returns), np.arange(1, len(returns))
    offsets = returns - returns.mean()
    around = np.array([(offsets * np.roll(offsets, -lag)).mean() for lag in range(count)])
    weights = (1 - places / count) * (1 - 1 / block) ** places
    expected = (around[0] + 2 * (weights * around[1:]).sum()) / count

    means = [returns[each].mean() for each in stationary_samples(count, samples, block, seed=9)]

    # A sample variance of nearly normal means has a relative error of the root of 2 / samples.
    assert np.var(means) == pytest.approx(expected, rel=4 * np.sqrt(2 / samples))
    assert np.mean(means) == pytest.approx(returns.mean(), abs=4 * np.sqrt(expected / samples))
