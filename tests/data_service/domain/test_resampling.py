"""Slower bars hold exactly what the faster ones hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_service.domain.resampling import ORIGIN_NS, align_up, ratio, resample
from naru.bars import Bars, timeframe_ns

MINUTE_NS = 60 * 10**9
_PLACES = st.lists(st.integers(-200_000, 200_000), min_size=1, max_size=60, unique=True).map(sorted)


def _bars(places: list[int]) -> Bars:
    rng = np.random.default_rng(len(places))
    prices = 100 + rng.random((len(places), 4)).cumsum(axis=0)
    return Bars(
        "ACME",
        "1m",
        ORIGIN_NS + np.array(places, np.int64) * MINUTE_NS,
        np.ascontiguousarray(prices[:, 0]),
        prices.max(axis=1),
        prices.min(axis=1),
        np.ascontiguousarray(prices[:, 3]),
        rng.integers(1, 100, len(places)).astype(float),
    )


@given(_PLACES, st.sampled_from(["1m", "5m", "7m", "1h", "1d", "1w"]))
def test_nothing_is_lost_and_nothing_invented(places: list[int], timeframe: str) -> None:
    fast = _bars(places)
    slow = resample(fast, timeframe)
    width = timeframe_ns(timeframe)

    assert ((slow.ts - ORIGIN_NS) % width == 0).all()
    assert slow.volume.sum() == fast.volume.sum()
    for row, ts in enumerate(slow.ts):
        inside = (fast.ts >= ts) & (fast.ts < ts + width)
        assert inside.any()
        assert slow.open[row] == fast.open[inside][0]
        assert slow.close[row] == fast.close[inside][-1]
        assert slow.high[row] == fast.high[inside].max()
        assert slow.low[row] == fast.low[inside].min()


def test_the_same_timeframe_is_the_same_bars() -> None:
    bars = _bars([1, 2, 5])

    assert resample(bars, "1m").sha256() == bars.sha256()


def test_weeks_start_on_mondays() -> None:
    monday = np.datetime64("2024-01-08", "ns").astype(np.int64)
    bars = _bars([0])
    wednesday = Bars("A", "1d", np.array([monday + 2 * 86_400 * 10**9]), *([bars.open] * 5))

    assert resample(wednesday, "1w").ts.tolist() == [monday]


@pytest.mark.parametrize(
    ("faster", "slower", "expected"),
    [
        ("1m", "1h", 60),
        ("1m", "1m", 1),
        ("7m", "1h", None),
        ("1h", "1m", None),
        ("1d", "1w", 7),
        ("1d", "1mo", None),
        ("1mo", "3mo", None),
        ("500ms", "1s", 2),
    ],
)
def test_ratio(faster: str, slower: str, expected: int | None) -> None:
    assert ratio(faster, slower) == expected


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="1m"):
        resample(_bars([1]), "90s")


@given(st.integers(-(2**60), 2**60), st.sampled_from(["1m", "1h", "1w"]))
def test_align_up_is_the_next_bound(ts: int, timeframe: str) -> None:
    width = timeframe_ns(timeframe)
    bound = align_up(ts, width)

    assert (bound - ORIGIN_NS) % width == 0
    assert 0 <= bound - ts < width
