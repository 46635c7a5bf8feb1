"""Sums of returns by powers are those of every bar, or the bars are gone through."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru.engine.market import Floats, Ints
from naru.engine.return_sums import ReturnSums, Spans


def _spans(closes: Floats, bounds: Ints, share: float) -> Spans:
    """Stretches between each two bounds, entered at their first close with a share of equity."""
    starts, lasts = bounds[:-1:2], bounds[1::2] - 1
    starts = starts[: len(lasts)]
    lows = [closes[a : b + 1].min() for a, b in zip(starts, lasts, strict=True)]
    highs = [closes[a : b + 1].max() for a, b in zip(starts, lasts, strict=True)]
    return Spans(starts, lasts, share, closes[starts], np.array(lows), np.array(highs))


def _by_definition(closes: Floats, spans: Spans) -> tuple[Floats, Floats, Floats]:
    """Return each stretch's sums of returns, of squares and of absolute returns."""
    sums = []
    share = np.broadcast_to(spans.fraction, len(spans.starts))
    cash_per_unit = spans.price * (1 - share) / share
    for start, last, cash in zip(spans.starts, spans.lasts, cash_per_unit, strict=True):
        equity = closes[start : last + 1] + cash
        returns = np.diff(equity) / equity[:-1]
        sums.append((returns.sum(), (returns * returns).sum(), np.abs(returns).sum()))
    totals, squares, absolute = np.array(sums).T
    return totals, squares, absolute


@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.floats(1e-6, 0.4),
    share=st.floats(0.01, 1.0),
    cuts=st.lists(st.integers(0, 299), min_size=2, max_size=30, unique=True),
    run_count=st.integers(1, 4),
    has_table=st.booleans(),
    is_alike=st.booleans(),
)
def test_sums_are_those_of_every_bar(
    seed: int, size: float, share: float, cuts: list[int], run_count: int,
    *, has_table: bool, is_alike: bool,
) -> None:  # fmt: skip
    """However far closes move, however much is held; several runs are kept apart."""
    closes = 50 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, size, 300)))
    one = _spans(closes, np.array(sorted(cuts)), share)
    if not is_alike:
        one = one._replace(fraction=share * np.linspace(1.0, 0.5, len(one.starts)))
    starts, lasts = np.tile(one.starts, run_count), np.tile(one.lasts, run_count)
    price, lowest, highest = (np.tile(column, run_count) for column in one[3:])
    fraction = share if is_alike else np.tile(one.fraction, run_count)
    many = Spans(starts, lasts, fraction, price, lowest, highest)
    firsts = np.arange(run_count) * len(one.starts)
    sums = ReturnSums(closes) if has_table else ReturnSums(closes, most_bytes=0)

    totals, squares, opening, closing = sums.of_runs(many, firsts)

    wanted_totals, wanted_squares, absolute = _by_definition(closes, one)
    # In single precision a change is right to seven digits of the close, not of itself.
    known = 1e-6 * absolute.sum() + 1e-12
    assert totals == pytest.approx(np.full(run_count, wanted_totals.sum()), rel=0, abs=known)
    assert np.array_equal(opening, closes[many.starts])
    assert np.array_equal(closing, closes[many.lasts])
    all_squares = float((np.diff(closes) ** 2 / closes[:-1] ** 2).sum())
    assert squares == pytest.approx(
        np.full(run_count, wanted_squares.sum()), rel=1e-5, abs=1e-12 * all_squares
    )


def test_runs_whose_closes_move_little_are_looked_up_nearly_exactly() -> None:
    closes = 100 + np.random.default_rng(3).normal(0, 0.05, 5000).cumsum()
    bounds = np.arange(0, 5000, 50)

    for share in (0.5, 0.95, 1.0):
        spans = _spans(closes, bounds, share)
        totals, squares, *_ = ReturnSums(closes).of_runs(spans, np.array([0]))

        wanted_totals, wanted_squares, absolute = _by_definition(closes, spans)
        assert totals[0] == pytest.approx(wanted_totals.sum(), rel=0, abs=1e-9 * absolute.sum())
        assert squares[0] == pytest.approx(wanted_squares.sum(), rel=1e-8)
