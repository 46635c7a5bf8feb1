"""The first bar that meets a bracket is found in blocks, and is the one that a plain look finds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from naru.engine.brackets import _first_touches


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 2, 63, 64, 65, 200, 4096, 4097, 9000]),
    st.sampled_from([0.5, 3.0, 40.0, 1e9]),
    st.booleans(),
)
def test_the_first_touch_is_what_a_plain_look_finds(
    seed: int, count: int, distance: float, has_gaps: bool
) -> None:
    chance = np.random.default_rng(seed)
    close = 100 + np.cumsum(chance.normal(0, 0.3, count))
    low, high = close - chance.random(count), close + chance.random(count)
    if has_gaps:
        low[chance.random(count) < 0.2] = np.nan
    begins = chance.integers(0, count, 20)
    loss = close[begins] - distance * chance.random(20)
    gain = close[begins] + distance * chance.random(20)
    loss[::5], gain[1::5] = np.nan, np.nan

    found = _first_touches(low, high, begins, loss, gain)

    for place, begin in enumerate(begins):
        met = (low[begin:] <= loss[place]) | (high[begin:] >= gain[place])
        assert found[place] == (begin + met.argmax() if met.any() else count)
