"""What positions are worth together hangs on nothing but what is held."""

from math import fsum

from hypothesis import given
from hypothesis import strategies as st

from naru.engine.holdings import Holdings
from naru.engine.market import Market
from tests.naru.engine.scenes import walk

COUNT = 12
MARKET = Market([walk(20, seed, symbol=f"S{seed}") for seed in range(COUNT)])

changes = st.lists(
    st.tuples(st.integers(0, COUNT - 1), st.sampled_from([0.0, 0.1, -2.5, 1e-8, 1e9])), max_size=90
)
questions = st.lists(
    st.tuples(st.integers(0, 19), st.booleans(), st.integers(-1, COUNT - 1)), max_size=6
)


@given(changes, questions, st.data())
def test_values_have_the_same_bits_whatever_was_asked_before(
    done: list[tuple[int, float]], asked: list[tuple[int, bool, int]], data: st.DataObject
) -> None:
    """Asking between changes, and the order of changes, leave no trace."""
    holdings, last = Holdings(MARKET), dict(done)
    for symbol, units in done:
        holdings.hold(symbol, units)
        if asked:
            holdings.marked(*data.draw(st.sampled_from(asked)), price=5.0)
    others = Holdings(MARKET)
    for symbol, units in sorted(last.items(), reverse=True):
        others.hold(symbol, units)

    for step, at_open, symbol in [*asked, (7, False, -1), (7, True, 3)]:
        feeds = MARKET.feeds
        marks = [(feed.open if at_open else feed.close).item(step) for feed in feeds]
        prices = [101.5 if place == symbol else mark for place, mark in enumerate(marks)]
        wanted = fsum(units * prices[place] for place, units in last.items())
        assert holdings.marked(step, at_open, symbol, 101.5) == wanted
        assert others.marked(step, at_open, symbol, 101.5) == wanted
        if symbol < 0:
            continue
        rest = fsum(abs(units) * marks[place] for place, units in last.items() if place != symbol)
        assert holdings.gross(step, at_open, symbol) == rest
