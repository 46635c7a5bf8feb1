"""Resting orders whose prices and sizes change, on scenes worked out by hand."""

import pytest

from naru.bars import NS_PER_UNIT
from naru.errors import OrderArgumentError
from tests.naru.engine.scenes import START, WIDE, bars, ends, fills, play


def test_a_resting_order_can_be_moved() -> None:
    moved: list[bool] = []

    def move(s):
        moved.append(s.orders[0].modify(limit=101))

    result = play({0: lambda s: s.buy(1, limit=50), 1: move}, WIDE)

    assert moved == [True]
    assert fills(result) == [(3, 1, 1.0, 98.0)]
    assert result.orders[0].limit == 101


def test_a_brackets_stop_can_be_moved_to_break_even() -> None:
    def protect(s):
        s.kept["entry"].sl.modify(stop=s.position.avg_price)

    def enter(s):
        s.kept["entry"] = s.buy(1, sl=50, tp=300)

    result = play({0: enter, 1: protect}, WIDE)

    assert fills(result) == [(1, 1, 1.0, 100.0), (3, -1, 1.0, 98.0)]
    assert result.orders[1].reason is None


def test_what_is_done_or_refused_is_not_moved() -> None:
    moved: list[bool] = []

    def too_late(s):
        moved.append(s.kept["order"].modify(limit=60))

    def off_tick(s):
        s.kept["order"] = s.buy(1, limit=96)
        moved.append(s.kept["order"].modify(limit=96.03))

    result = play({0: off_tick, 2: too_late}, WIDE, instruments={"X": {"tick": "0.05"}})

    assert moved == [False, False]
    assert fills(result) == [(1, 1, 1.0, 96.0)]


def test_a_stop_is_moved_on_the_tick_alone() -> None:
    moved: list[bool] = []

    def move(s):
        order = s.buy(1, stop=105)
        moved.extend(order.modify(stop=price) for price in (105.03, 105.05))

    result = play({0: move}, WIDE, instruments={"X": {"tick": "0.05"}})

    assert moved == [False, True]
    assert fills(result) == [(1, 1, 1.0, 105.05)]


def test_a_price_that_an_order_does_not_have_cannot_be_moved() -> None:
    with pytest.raises(OrderArgumentError, match="limit order"):
        play({0: lambda s: s.buy(1, limit=50).modify(stop=60)}, WIDE)
    with pytest.raises(OrderArgumentError, match="give a limit"):
        play({0: lambda s: s.buy(1, limit=50).modify()}, WIDE)


def test_a_resting_order_can_be_given_another_size() -> None:
    changed: list[bool] = []

    def resize(s):
        changed.append(s.orders[0].modify(size=3, limit=101))

    result = play({0: lambda s: s.buy(percent=0.5, limit=50), 1: resize}, WIDE)

    assert changed == [True]
    assert fills(result) == [(3, 1, 3.0, 98.0)]


def test_what_has_filled_counts_into_a_new_size() -> None:
    changed: list[bool] = []
    thin = bars([(100, 101, 99, 100, 40)] * 5)

    def enter(s):
        s.kept["order"] = s.buy(10)

    def resize(s):
        for size in (4, 3, 7):
            changed.append(s.kept["order"].modify(size=size))

    result = play({0: enter, 1: resize}, thin, volume_share="0.1")

    assert changed == [False, False, True]
    assert fills(result) == [(1, 1, 4.0, 100.0), (2, 1, 3.0, 100.0)]
    assert ends(result) == [("filled", None)]


def test_a_brackets_orders_follow_the_new_size_of_their_entry() -> None:
    result = play({0: lambda s: s.buy(5, limit=99, sl=92).modify(size=2)}, WIDE)

    assert fills(result) == [(1, 1, 2.0, 99.0), (3, -1, 2.0, 92.0)]


def test_a_size_that_the_venue_would_refuse_changes_nothing() -> None:
    changed: list[bool] = []

    def enter(s):
        order = s.buy(1, limit=96)
        for arguments in ({"size": 1.2}, {"size": 0.5}, {"size": 2, "limit": 96.03}):
            changed.append(order.modify(**arguments))

    rules = {"lot": "0.5", "min_quantity": "1", "tick": "0.05"}
    result = play({0: enter}, WIDE, instruments={"X": rules})

    assert changed == [False, False, False]
    assert fills(result) == [(1, 1, 1.0, 96.0)]


@pytest.mark.parametrize(
    "place",
    [
        lambda s: s.target(percent=0.5),
        lambda s: s.target(size=2),
        lambda s: s.position.close(),
        lambda s: s.buy(1, sl=90).sl,
    ],
)
def test_a_size_that_follows_from_what_is_held_cannot_be_given(place) -> None:
    with pytest.raises(OrderArgumentError, match="cancel it and place another"):
        play({0: lambda s: place(s).modify(size=1)}, WIDE)


def test_a_split_that_takes_a_price_off_the_tick_keeps_no_other_from_being_moved() -> None:
    split = {"symbol": "X", "ts": START + 2 * NS_PER_UNIT["d"], "split": 2}
    market = bars([(100, 101, 99, 100)] * 2 + [(50, 51, 49, 50)] * 4)
    moved: list[bool] = []

    def move(s):
        moved.append(s.orders[0].modify(limit=50.25))
        moved.append(s.orders[0].modify(limit=50.3))

    result = play(
        {0: lambda s: s.buy(1, limit=80.5, tp=130.25), 2: move},
        market,
        actions=[split],
        instruments={"X": {"tick": "0.25"}},
    )

    assert moved == [True, False]
    assert fills(result) == [(3, 1, 2.0, 50.0)]
    assert result.orders[1].limit == 65.125
