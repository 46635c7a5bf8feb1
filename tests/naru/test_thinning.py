import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from naru.thinning import thin

series = st.lists(st.floats(-1e6, 1e6), max_size=300).map(np.array)


@given(series, st.integers(0, 120))
def test_ends_and_extremes_stay_and_the_order_holds(values, points) -> None:
    kept = thin(values, points)

    assert len(kept) <= max(points, 4)
    assert (np.diff(kept) > 0).all()
    if len(values):
        assert (kept[0], kept[-1]) == (0, len(values) - 1)
        assert values[kept].max() == values.max()
        assert values[kept].min() == values.min()


@given(series)
def test_few_values_stay_as_they_are(values) -> None:
    assert thin(values, max(4, len(values))).tolist() == list(range(len(values)))


def test_a_spike_survives() -> None:
    values = np.zeros(1_000_000)
    values[123_456] = 1.0
    assert 123_456 in thin(values, 2_000)
