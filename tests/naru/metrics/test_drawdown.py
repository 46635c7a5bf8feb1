import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru.metrics.drawdown import Drawdowns, drawdown_series, find_drawdowns

levels = st.lists(st.floats(1.0, 1e6), min_size=1, max_size=80).map(np.array)


def test_by_hand() -> None:
    equity = np.array([100.0, 120.0, 90.0, 96.0, 120.0, 110.0, 118.0, 119.0, 119.5, 115.0])

    assert find_drawdowns(equity) == Drawdowns(
        deepest=0.25,
        deepest_start=1,
        deepest_bottom=2,
        deepest_end=4,
        longest_start=4,
        longest_end=None,
    )
    assert drawdown_series(equity)[:3] == pytest.approx([0.0, 0.0, 0.25])


def test_a_fall_from_the_start_is_measured_from_the_initial_cash() -> None:
    drawdowns = find_drawdowns(np.array([100.0, 80.0, 90.0]))

    assert drawdowns is not None
    assert (drawdowns.deepest, drawdowns.deepest_start) == (pytest.approx(0.2), 0)
    assert drawdowns.deepest_end is None


def test_lost_and_owed_equity_is_a_drawdown_of_one_and_more() -> None:
    drawdowns = find_drawdowns(np.array([100.0, -50.0]))
    assert drawdowns is not None
    assert drawdowns.deepest == pytest.approx(1.5)


@pytest.mark.parametrize("equity", [[], [100.0], [100.0, 100.0, 101.0], [0.0, 5.0]])
def test_no_fall_is_none(equity) -> None:
    assert find_drawdowns(np.array(equity)) is None


@given(levels)
def test_agrees_with_the_definition(equity) -> None:
    falls = [1 - equity[bar] / max(equity[: bar + 1]) for bar in range(len(equity))]
    drawdowns = find_drawdowns(equity)

    if drawdowns is None:
        assert max(falls) == 0
        return
    assert drawdowns.deepest == pytest.approx(max(falls))
    start, bottom, end = (
        drawdowns.deepest_start,
        drawdowns.deepest_bottom,
        drawdowns.deepest_end,
    )
    assert equity[start] == max(equity[: bottom + 1])
    assert 1 - equity[bottom] / equity[start] == pytest.approx(drawdowns.deepest)
    assert all(equity[start + 1 : end] < equity[start])
    assert end is None or equity[end] >= equity[start]
    longest = (drawdowns.longest_end or len(equity) - 1) - drawdowns.longest_start
    assert longest >= (end or len(equity) - 1) - start
