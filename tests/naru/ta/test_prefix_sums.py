"""Sums of whole steps, and what is kept of series that cannot change."""

import gc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru.ta import sma
from naru.ta.exact_sums import MeanState
from naru.ta.frozen import FrozenNotes, beginning
from naru.ta.prefix_sums import _CENTS, _FINE, _means, _summed, decimal_means

cents = st.integers(-(10**6), 10**6).map(lambda price: price / 100)


def means(values, period, grid):
    sums = _summed(values, grid).sums
    return _means(sums, period, period * grid.per_unit)


@given(st.lists(cents, min_size=1, max_size=60), st.integers(2, 40))
def test_both_grids_give_the_same_bits(prices, period):
    values, period = np.array(prices), min(period, len(prices))
    np.testing.assert_array_equal(means(values, period, _CENTS), means(values, period, _FINE))


def test_sums_that_wrap_many_times_are_right():
    values = np.round(np.random.default_rng(1).uniform(40_000, 60_000, 70_000), 2)
    assert values.sum() * 100 > 100 * 2**31
    found = decimal_means(values, 50)
    state = MeanState(50)
    np.testing.assert_array_equal(found, [state.update(value) for value in values.tolist()])


@pytest.mark.parametrize(
    "values",
    [
        [1.25, 2.5, 3.001, 4.0],  # finer than cents
        [30_000_000.0, 29_999_999.0, 1.0, 2.0],  # more cents than 32 bits hold
        [9_000_000.01, 9_000_000.02, 9_000_000.03, 9_000_000.0],  # of which three do not fit
    ],
)
def test_what_cents_do_not_hold_is_summed_on_the_finer_grid(values):
    values = np.array(values)
    narrow = _summed(values, _CENTS)
    assert narrow.sums is None or not narrow.peak * 3 < _CENTS.room
    np.testing.assert_array_equal(decimal_means(values, 3), means(values, 3, _FINE))


@pytest.mark.parametrize("odd", [1 / 3, np.nan, np.inf, 1e300])
def test_other_values_have_no_sums(odd):
    with np.errstate(all="ignore"):
        assert decimal_means(np.array([1.0, odd, 2.0]), 2) is None


def first_few(value, count):
    return f"{value}, of the first {count}"


def test_notes_are_kept_of_frozen_series_alone():
    notes = FrozenNotes(first_few)
    base = np.arange(4.0)
    for series in (base, base[1:]):
        notes.note(series, "seen")
        assert notes.find(series) is None
    view = base[1:]
    view.flags.writeable = False
    notes.note(view, "seen")
    assert notes.find(view) is None  # its base can still be written to
    base.flags.writeable = False
    notes.note(view, "seen")
    assert notes.find(view) == "seen"
    assert notes.find(base[1:]) is None


def test_notes_end_with_their_series_and_are_few():
    notes = FrozenNotes(first_few)
    series = [np.frombuffer(np.full(2, place).tobytes()) for place in range(20)]
    for place, each in enumerate(series):
        notes.note(each, place)
    assert [notes.find(each) for each in series] == [None] * 4 + list(range(4, 20))
    assert len(notes._notes._known) == 16
    del each, series[10:]
    gc.collect()
    assert len(notes._notes._known) == 6


def test_what_is_known_of_a_series_is_known_of_its_beginning():
    notes = FrozenNotes(first_few)
    series = np.frombuffer(np.arange(9.0).tobytes())
    part = beginning(series, 4)
    assert notes.find(part) is None
    notes.note(series, "seen")
    assert part.tolist() == [0, 1, 2, 3]
    assert notes.find(part) == "seen, of the first 4"
    assert notes.find(series[:4]) is None
    notes.note(part, "seen itself")
    assert notes.find(part) == "seen itself"
    del series
    gc.collect()
    assert notes.find(beginning(part, 2)) == "seen itself, of the first 2"


@pytest.mark.parametrize("odd", [7.25, np.nan, 1 / 3, 3e7])
def test_averages_of_a_beginning_are_those_of_a_series_of_its_own(odd):
    values = np.round(np.random.default_rng(2).uniform(40, 60, 400), 2)
    values[300] = odd
    series = np.frombuffer(values.tobytes())
    whole = sma(series, 20)
    for count in (19, 20, 250, 310):
        found = sma(beginning(series, count), 20)
        np.testing.assert_array_equal(found, sma(values[:count].copy(), 20))
        np.testing.assert_array_equal(found, whole[:count])
