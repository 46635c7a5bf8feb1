import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru import ta

lines = st.lists(st.sampled_from([1.0, 2.0, 3.0, np.nan]), max_size=30)


class Line:
    """What ``on_bar`` gets: a line that knows its newest values."""

    def __init__(self, *values):
        self.values = values

    def __getitem__(self, index):
        return self.values[index]


def test_strictly_below_before_and_strictly_above_now():
    a = [1, 3, 1, 2, 3, 1, 2, 1]
    b = [2, 2, 2, 2, 2, 2, 2, 2]
    over, under = ta.crossover(a, b), ta.crossunder(a, b)
    assert np.flatnonzero(over).tolist() == [1]  # 3 to 4 rises from a tie: no crossing
    assert np.flatnonzero(under).tolist() == [2, 5]  # 6 to 7 falls from a tie: no crossing
    assert over.dtype == np.bool_


@given(lines, lines)
def test_definition(a, b):
    rows = min(len(a), len(b))
    a, b = a[:rows], b[:rows]
    over = [row > 0 and a[row - 1] < b[row - 1] and a[row] > b[row] for row in range(rows)]
    assert ta.crossover(a, b).tolist() == over
    assert ta.crossunder(b, a).tolist() == over
    both = ta.crossover(a, b) | ta.crossunder(a, b)
    assert ta.cross(a, b).tolist() == both.tolist()


@given(lines, st.sampled_from([1.0, 2, 2.5, np.float64(2)]))
def test_one_side_may_be_a_number(a, level):
    constant = np.full(len(a), float(level))
    assert ta.crossover(a, level).tolist() == ta.crossover(a, constant).tolist()
    assert ta.crossover(level, a).tolist() == ta.crossover(constant, a).tolist()


def test_series_of_on_bar_answer_for_the_newest_bar():
    assert ta.crossover(Line(1, 3), Line(2, 2)) is True
    assert ta.crossover(Line(2, 3), Line(2, 2)) is False
    assert ta.crossunder(Line(1, 3), Line(2, 2)) is False
    assert ta.crossover(Line(29.0, 31.0), 30) is True
    assert ta.crossunder(Line(31.0, 29.0), 30) is True
    assert ta.cross(Line(31.0, 29.0), 30) is True
    assert ta.crossover(Line(3), Line(2)) is False


def test_series_may_have_a_quicker_answer():
    class Quick(Line):
        def _crossed_over_(self, other):
            return other == 5

    assert ta.crossover(Quick(1, 1), 5) is True
    assert ta.crossunder(4, Quick(1, 1)) is False


def test_two_numbers_or_two_lengths_do_not_cross():
    with pytest.raises(ta.IndicatorArgumentError, match="series"):
        ta.crossover(1, 2)
    with pytest.raises(ta.IndicatorArgumentError, match="b: has 3 values, a has 2"):
        ta.crossover([1, 2], [1, 2, 3])
