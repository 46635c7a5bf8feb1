"""Bars: what they refuse, what their hash depends on, and what a timeframe is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru.bars import COLUMNS, NS_PER_UNIT, Bars, infer_timeframe, timeframe_ns
from tests.naru.engine.scenes import walk

MINUTE, DAY = NS_PER_UNIT["m"], NS_PER_UNIT["d"]


def altered(bars: Bars, **columns: np.ndarray) -> Bars:
    given = {name: columns.get(name, getattr(bars, name).copy()) for name in COLUMNS}
    return Bars(bars.symbol, bars.timeframe, **given)


def test_columns_become_read_only() -> None:
    bars = walk(5)

    with pytest.raises(ValueError, match="read-only"):
        bars.close[0] = 1.0


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"close": np.zeros(4)}, "close has 4 values"),
        ({"close": np.zeros(5, dtype=np.float32)}, "close must be"),
        ({"close": np.zeros(10)[::2]}, "close must be a contiguous vector"),
        ({"ts": np.zeros(5)}, "ts must be a contiguous vector of int64"),
        ({"ts": np.array([1, 2, 2, 3, 4])}, "strictly increasing"),
        ({"ts": np.array([1, 3, 2, 4, 5])}, "strictly increasing"),
    ],
)
def test_columns_that_are_none_are_refused(columns: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        altered(walk(5), **columns)


def test_the_hash_is_of_the_content_alone() -> None:
    bars = walk(50)
    renamed = Bars("OTHER", "1m", *(getattr(bars, name).copy() for name in COLUMNS))
    slower = Bars("X", "5m", *(getattr(bars, name).copy() for name in COLUMNS))

    assert renamed.sha256() == bars.sha256()
    assert slower.sha256() != bars.sha256()


@given(st.sampled_from(COLUMNS), st.integers(0, 49))
def test_every_value_is_in_the_hash(name: str, row: int) -> None:
    bars = walk(50)
    column = getattr(bars, name).copy()
    column[row] += 1

    assert altered(bars, **{name: column}).sha256() != bars.sha256()


def test_a_negative_zero_counts_as_zero() -> None:
    bars = walk(3)

    assert (
        altered(bars, volume=np.array([0.0, 1.0, 2.0])).sha256()
        == altered(bars, volume=np.array([-0.0, 1.0, 2.0])).sha256()
    )


def test_longer_bars_are_those_of_the_whole() -> None:
    whole = walk(20)
    head = Bars("X", "1m", *(getattr(whole, name)[:12].copy() for name in COLUMNS))
    grown = head.longer([getattr(whole, name).copy() for name in COLUMNS])

    assert grown.sha256() == whole.sha256()
    assert (grown.symbol, grown.timeframe, len(grown)) == ("X", "1m", 20)
    backwards = whole.ts.copy()
    backwards[12] = backwards[11]
    with pytest.raises(ValueError, match="strictly increasing"):
        head.longer([backwards, *(getattr(whole, name) for name in COLUMNS[1:])])


@pytest.mark.parametrize(
    ("text", "ns"), [("1m", MINUTE), ("5m", 5 * MINUTE), ("1d", DAY), ("1w", 7 * DAY)]
)
def test_timeframes_have_lengths(text: str, ns: int) -> None:
    assert timeframe_ns(text) == ns
    assert infer_timeframe(np.arange(5) * ns) == text


@pytest.mark.parametrize("text", ["", "m", "0m", "1", "1 m", "1M", "-5m", "10000m", "1y"])
def test_what_is_no_timeframe_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no timeframe"):
        timeframe_ns(text)


def test_the_usual_distance_is_the_timeframe() -> None:
    with_nights = np.concatenate([np.arange(10), 500 + np.arange(10), 1_000 + np.arange(3)])
    months = np.array(["2024-01", "2024-02", "2024-03", "2024-04", "2024-06"], dtype="M8[M]")

    assert infer_timeframe(with_nights * MINUTE) == "1m"
    assert infer_timeframe(months.astype("M8[ns]").astype(np.int64)) == "1mo"
    with pytest.raises(ValueError, match="one bar alone"):
        infer_timeframe(np.array([5]))
    with pytest.raises(ValueError, match="no timeframe"):
        infer_timeframe(np.array([0, 7, 14]))


@pytest.mark.parametrize(
    ("counts", "timeframe"),
    [((9_000, 0), "1m"), ((5_000, 5_002), "5m"), ((5_002, 5_000), "1m"), ((9, 9_000), "5m")],
)
def test_the_timeframe_is_that_of_all_bars_not_of_the_first(
    counts: tuple[int, int], timeframe: str
) -> None:
    distances = np.repeat([MINUTE, 5 * MINUTE], counts)

    assert infer_timeframe(np.cumsum(distances)) == timeframe
    assert infer_timeframe(np.cumsum(distances[::-1])) == timeframe
