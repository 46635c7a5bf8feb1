"""Smoothing block by block gives the bits of the plain loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naru.ta.recursion import SeededState, seeded, seeded_whole, smooth


def loop(start, values, gain):
    level, levels = start, [start]
    for value in values.tolist():
        level += gain * (value - level)
        levels.append(level)
    return np.array(levels)


def random_walk(rows, seed=0):
    return 100 + np.cumsum(np.random.default_rng(seed).normal(0, 0.1, rows))


@pytest.mark.parametrize("gain", [1.0, 2 / 3, 2 / 21, 1 / 14, 2 / 201, 1 / 1000, 1 / 20_000])
@pytest.mark.parametrize("rows", [0, 1, 2_999, 9_000, 70_003])
def test_bits_of_the_loop(gain, rows):
    values = random_walk(rows)
    np.testing.assert_array_equal(smooth(99.0, values, gain), loop(99.0, values, gain))


@pytest.mark.parametrize("gain", [2 / 21, 2 / 201, 1 / 700])
def test_bits_of_the_loop_where_blocks_never_agree_on_their_own(gain):
    """On a level line, starts a last bit apart stay apart: blocks have to be run again."""
    values = random_walk(60_000)
    values[5_000:] = 0.1 + 0.2
    np.testing.assert_array_equal(smooth(1e6, values, gain), loop(1e6, values, gain))
    steps = np.repeat(np.round(random_walk(12), 2), 5_000)
    np.testing.assert_array_equal(smooth(3.0, steps, gain), loop(3.0, steps, gain))


@given(st.integers(0, 2**32), st.floats(1e-3, 1.0), st.sampled_from([0.0, 1e-8, 1.0, 1e8]))
@settings(max_examples=25, deadline=None)
def test_bits_of_the_loop_for_any_gain(seed, gain, size):
    values = np.round(random_walk(20_000, seed) * size, 3)
    np.testing.assert_array_equal(smooth(0.5, values, gain), loop(0.5, values, gain))


def test_seeds_are_means():
    values = np.array([1.0, 2.0, 6.0, 3.0])
    np.testing.assert_array_equal(seeded(values, 3, 0.5), [3.0, 3.0])
    np.testing.assert_array_equal(seeded_whole(values, 3, 0.5), [np.nan, np.nan, 3.0, 3.0])
    state = SeededState(3, 0.5)
    np.testing.assert_array_equal([state.update(v) for v in values], [np.nan, np.nan, 3.0, 3.0])
