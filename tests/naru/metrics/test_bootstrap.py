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
    assert confidence_intervals(TS[:9], EQUITY[:9], seed=1) == {}


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
