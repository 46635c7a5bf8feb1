"""Logs in short, and the orders that they stand for."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru.engine.config import RunConfig
from naru.engine.orderlog import RECORD, Mode, OrderLog
from naru.engine.replay import replay
from naru.engine.shortlog import MOST_SORTS, Asked, ShortLog, Sort, bytes_as_orders
from naru.errors import OrderLogError
from tests.naru.engine.scenes import bars

HEAD = struct.Struct("<qIII")
SORT = struct.pack("<Bbi", Mode.TARGET_PERCENT, 0, 0)
TAG = struct.pack("<H", 0)

Row = tuple[int, int, float, int]
SORTS = (
    Sort(Mode.TARGET_PERCENT, 0, 0),
    Sort(Mode.PERCENT, 1, 1),
    Sort(Mode.UNITS, -1, 2),
    Sort(Mode.CLOSE, 0, 1),
)
asked = st.lists(
    st.tuples(
        st.integers(3, 40), st.integers(0, 5), st.floats(0.01, 1), st.integers(0, len(SORTS) - 1)
    ),
    max_size=30,
).map(lambda rows: sorted(rows, key=lambda row: row[0]))


def columns(rows: list[Row]) -> tuple[Asked, list[int]]:
    steps, symbols, sizes, which = zip(*rows, strict=True) if rows else ((), (), (), ())
    found = Asked(
        np.array(steps, dtype=np.int64),
        np.array(symbols, dtype=np.int64),
        np.array(sizes, dtype=np.float64),
    )
    return found, list(which)


def targets(*rows: tuple[int, float], start: int = 0) -> ShortLog:
    return ShortLog.of_targets(start, columns([(step, 0, size, 0) for step, size in rows])[0])


@given(asked)
def test_orders_come_back_from_their_bytes_as_the_same(rows: list[Row]) -> None:
    found, which = columns(rows)
    tags = ("", "in", "다시") if rows else ("",)
    log = ShortLog(3, found, SORTS, np.array(which, dtype=np.uint16), tags)
    data = log.to_bytes()
    orders = ShortLog.from_bytes(data).orders()

    assert orders.to_bytes() == log.orders().to_bytes()
    if rows:  # sound for whoever trusts nothing
        again = OrderLog.from_bytes(orders.to_bytes())
        assert (again.start, again.tags) == (3, tags)
    fields = zip(*(orders.records[name] for name in ("step", "symbol", "size")), strict=True)
    assert list(fields) == [row[:3] for row in rows]
    spelt = zip(*(orders.records[name].tolist() for name in Sort._fields), strict=True)
    assert list(spelt) == [SORTS[row[3]] for row in rows]
    assert bytes_as_orders(len(data)) >= orders.records.nbytes


def test_all_else_is_as_in_a_plain_market_order() -> None:
    plain = OrderLog.from_records(
        0, [(4, 0, 0, 5, 0, 0, 0, 0, 0, 0, -1, -1, -1, 0, 0.5, *[float("nan")] * 5, 0)], [""]
    )
    assert targets((4, 0.5)).orders().to_bytes() == plain.to_bytes()
    assert len(RECORD) == 21


def test_a_target_is_a_market_order_for_the_next_bar() -> None:
    market = bars([(10, 10, 10, 10), (20, 20, 20, 20), (40, 40, 40, 40)], symbol="X")
    orders = targets((0, 0.5), (1, 0.0)).orders()

    outcome = replay([market], orders, RunConfig(cash=1_000))

    assert [float(fill.price) for fill in outcome.fills] == [20, 40]
    assert float(outcome.equity[-1]) == 1_500


def entry(which: int = 0) -> bytes:
    return struct.pack("<qdiH", 4, 0.5, 0, which)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "cut short"),
        (b"\x00" * 19, "cut short"),
        (HEAD.pack(0, 1, 1, 1), "cut short"),
        (HEAD.pack(0, 1, 1, 1) + TAG + SORT, "as long as"),
        (HEAD.pack(0, 1, 1, 1) + TAG + SORT + entry()[:-1], "as long as"),
        (HEAD.pack(0, 1, 1, 1) + TAG + SORT + entry() + b"\x00", "as long as"),
        (HEAD.pack(0, 1, 2, 1) + TAG + SORT + entry(), "as long as"),
        (HEAD.pack(0, 1, 1, 1) + TAG + SORT + entry(which=1), "sort"),
        (HEAD.pack(0, 1, 0, 1) + TAG + entry(), "sort"),
        (HEAD.pack(0, 2**32 - 1, 1, 1) + TAG + SORT + entry(), "range"),
        (HEAD.pack(0, 1, 2**32 - 1, 1) + TAG + SORT + entry(), "range"),
        (HEAD.pack(0, 1, MOST_SORTS + 1, 1) + TAG + SORT * (MOST_SORTS + 1) + entry(), "range"),
        (HEAD.pack(0, 1, 1, 3) + TAG + SORT + entry(), "range"),  # more tags than can be in use
        (HEAD.pack(0, 1, 1, 0) + SORT + entry(), "range"),
        (HEAD.pack(0, 1, 1, 2**32 - 1) + TAG + SORT + entry(), "range"),
        (HEAD.pack(0, 1, 1, 2) + TAG + struct.pack("<H", 1) + b"\xff" + SORT + entry(), "UTF-8"),
        (HEAD.pack(0, 1, 1, 1) + struct.pack("<H", 300) + SORT + entry(), "tag"),
        (HEAD.pack(0, 1, 1, 1) + struct.pack("<H", 1) + b"x" + SORT + entry(), "tag"),
    ],
)
def test_bytes_that_are_no_log_are_refused(data: bytes, what: str) -> None:
    with pytest.raises(OrderLogError, match=what):
        ShortLog.from_bytes(data)


def test_what_an_order_may_not_say_is_for_the_reader_of_orders() -> None:
    for sort in ((250, 0, 0), (Mode.TARGET_PERCENT, 1, 0), (Mode.UNITS, 1, 7), (0, 0, 0)):
        data = HEAD.pack(0, 1, 1, 1) + TAG + struct.pack("<Bbi", *sort) + entry()
        orders = ShortLog.from_bytes(data).orders().to_bytes()
        with pytest.raises(OrderLogError):
            OrderLog.from_bytes(orders)
