"""Targets in short, and the orders that they stand for."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru.engine.config import RunConfig
from naru.engine.orderlog import Mode, OrderLog
from naru.engine.replay import replay
from naru.engine.targetlog import Changes, TargetLog, bytes_as_orders
from naru.errors import OrderLogError
from tests.naru.engine.scenes import bars

changes = st.lists(
    st.tuples(st.integers(3, 40), st.integers(0, 5), st.floats(-2, 2)), max_size=30
).map(lambda rows: sorted(rows, key=lambda row: row[:2]))


def log_of(rows: list[tuple[int, int, float]], start: int = 3) -> TargetLog:
    steps, symbols, values = zip(*rows, strict=True) if rows else ((), (), ())
    wanted = Changes(
        np.array(steps, dtype=np.int64),
        np.array(symbols, dtype=np.int64),
        np.array(values, dtype=np.float64),
    )
    return TargetLog(start, wanted)


@given(changes)
def test_targets_come_back_from_their_bytes_as_the_same_orders(
    rows: list[tuple[int, int, float]],
) -> None:
    log = log_of(rows)
    data = log.to_bytes()
    orders = TargetLog.from_bytes(data).orders()

    assert orders.to_bytes() == log.orders().to_bytes()
    again = OrderLog.from_bytes(orders.to_bytes())  # sound for whoever trusts nothing
    assert again.start == 3
    found = zip(again.records["step"], again.records["symbol"], again.records["size"], strict=True)
    assert list(found) == rows
    assert set(again.records["mode"].tolist()) <= {Mode.TARGET_PERCENT}
    assert bytes_as_orders(len(data)) >= again.records.nbytes


def test_a_target_is_a_market_order_for_the_next_bar() -> None:
    market = bars([(10, 10, 10, 10), (20, 20, 20, 20), (40, 40, 40, 40)], symbol="X")
    orders = log_of([(0, 0, 0.5), (1, 0, 0.0)], start=0).orders()

    outcome = replay([market], orders, RunConfig(cash=1_000))

    assert [float(fill.price) for fill in outcome.fills] == [20, 40]
    assert float(outcome.equity[-1]) == 1_500


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 11,
        struct.pack("<qI", 0, 1),
        struct.pack("<qI", 0, 1) + bytes(19),
        struct.pack("<qI", 0, 1) + bytes(21),
        struct.pack("<qI", 0, 2**32 - 1) + bytes(20),
    ],
)
def test_bytes_of_another_length_than_their_head_says_are_refused(data: bytes) -> None:
    with pytest.raises(OrderLogError, match="log of targets"):
        TargetLog.from_bytes(data)
