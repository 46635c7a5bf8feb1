"""The short way through a log leaves, digit by digit, what the book leaves."""

import math
from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.ledger import MONEY
from naru.engine.market import Market
from naru.engine.orderlog import RECORD, Mode, OrderLog
from naru.engine.plain import whole_prices
from naru.engine.replay import Replay, by_book, replay
from naru.engine.straight import straight
from naru.engine.tables import OrderTable, TradeTable
from naru.metrics import compute
from tests.naru.engine.scenes import flat, walk

STEPS = 60
MODES = (
    Mode.UNITS, Mode.VALUE, Mode.PERCENT, Mode.TARGET_UNITS, Mode.TARGET_PERCENT, Mode.CLOSE,
)  # fmt: skip
SIDELESS = (Mode.TARGET_UNITS, Mode.TARGET_PERCENT, Mode.CLOSE)


def _size(mode: int) -> st.SearchStrategy[float]:
    zero = st.just(0.0) if mode in (Mode.TARGET_UNITS, Mode.TARGET_PERCENT) else st.nothing()
    return {
        Mode.UNITS: st.floats(1e-9, 120) | st.sampled_from([1.0, 10.0, 0.123456785]),
        Mode.VALUE: st.floats(1e-6, 12_000) | st.sampled_from([10_000.0, 5_000.0]),
        Mode.PERCENT: st.floats(1e-6, 1.2) | st.sampled_from([1.0, 0.95, 0.5]),
        Mode.TARGET_UNITS: st.floats(1e-6, 120),
        Mode.TARGET_PERCENT: st.floats(1e-6, 1.1) | st.sampled_from([1.0, 0.5, 1 / 3]),
        Mode.CLOSE: st.sampled_from([1.0, 0.5, 0.25]),
    }[mode] | zero


asked = st.sampled_from(MODES).flatmap(
    lambda mode: st.tuples(
        st.integers(0, STEPS - 1),
        st.just(mode),
        _size(mode),
        st.sampled_from([1, 1, 1, -1]),
        st.integers(0, 2),
    )
)
options = st.fixed_dictionaries(
    {
        "cash": st.sampled_from(["10000", "999.999999999", "0.05"]),
        "commission_bps": st.sampled_from(["0", "7", "0.1", "33.333", "250"]),
        "slippage_bps": st.sampled_from(["0", "3", "0.7"]),
        "fill": st.sampled_from(["next_open", "next_close", "same_close"]),
        "allow_short": st.just(False),
    }
)


def _log(wishes: list[tuple[int, int, float, int, int]], symbols: int) -> OrderLog:
    records = np.zeros(len(wishes), dtype=RECORD)
    for place, (step, mode, size, side, symbol) in enumerate(sorted(wishes)):
        record = records[place]
        record["step"], record["mode"], record["size"] = step, mode, size
        record["side"] = 0 if mode in SIDELESS else side
        record["symbol"] = symbol % symbols
    for name in ("ref", "parent", "oco"):
        records[name] = -1
    for name in ("limit", "stop", "trail", "sl", "tp"):
        records[name] = np.nan
    return OrderLog(0, records, ("",))


def _by_book(bars: list[Bars], log: OrderLog, config: RunConfig) -> Replay:
    with localcontext(MONEY):
        return by_book(Market(bars), log, config)


def _goes_straight(bars: list[Bars], log: OrderLog, config: RunConfig) -> bool:
    with localcontext(MONEY):
        return straight(Market(bars), config, log) is not None


# What the book notes to find its way, and nobody reads once it is through.
INNER = {"born", "born_move", "group", "reference", "seen", "sl_order", "tp_order"}


def _order(order: Any) -> list[str]:
    return [repr(getattr(order, name)) for name in order.__slots__ if name not in INNER]


def _columns(table: OrderTable | TradeTable) -> dict[str, list[str]]:
    return {name: list(map(repr, getattr(table, name))) for name in table.__slots__}


def _assert_same_tables(one: Replay, other: Replay) -> None:
    """Columns that never were objects say what the objects say, which the book leaves as well."""
    for each in (one, other):
        assert _columns(each.trade_table) == _columns(TradeTable.of(each.trades))
        assert _columns(each.order_table) == _columns(OrderTable.of(each.orders, each.tags))
    assert _columns(one.trade_table) == _columns(other.trade_table)
    assert _columns(one.order_table) == _columns(other.order_table)


def _assert_same(one: Replay, other: Replay) -> None:
    _assert_same_tables(one, other)
    assert list(map(repr, one.fills)) == list(map(repr, other.fills))
    assert list(map(repr, one.trades)) == list(map(repr, other.trades))
    assert list(map(_order, one.orders)) == list(map(_order, other.orders))
    for name in ("equity", "cash_path", "gross"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert one.position_paths.keys() == other.position_paths.keys()
    for symbol, path in one.position_paths.items():
        assert np.array_equal(path, other.position_paths[symbol])
    assert one.cash == other.cash
    assert one.ambiguous_bars == other.ambiguous_bars
    assert one.positions == other.positions
    assert one.costs == other.costs
    for name in ("order_count", "fill_count", "open_trade_count", "traded"):
        assert getattr(one.activity, name) == getattr(other.activity, name)
    for name in ("pnl", "notional", "holding_ns"):
        assert np.array_equal(
            getattr(one.activity.closed, name), getattr(other.activity.closed, name)
        )


@settings(max_examples=300, deadline=None)
@given(
    wishes=st.lists(asked, min_size=1, max_size=40),
    symbols=st.integers(1, 3),
    seed=st.integers(0, 5),
    chosen=options,
)
def test_both_ways_leave_the_same(
    wishes: list[tuple[int, int, float, int, int]], symbols: int, seed: int, chosen: dict[str, Any]
) -> None:
    market = [walk(STEPS, seed=seed + place, symbol="ABC"[place]) for place in range(symbols)]
    config = RunConfig(**chosen)
    log = _log(wishes, symbols)

    assert _goes_straight(market, log, config)
    one, other = replay(market, log, config), _by_book(market, log, config)

    _assert_same(one, other)
    assert compute(one, market, config) == compute(other, market, config)


@settings(max_examples=60, deadline=None)
@given(
    entries=st.lists(st.integers(0, 9), min_size=1, max_size=12),
    percent=st.sampled_from([0.95, 1.0, 0.3]),
    chosen=options,
)
def test_in_and_out_leaves_the_same(
    entries: list[int], percent: float, chosen: dict[str, Any]
) -> None:
    market = [walk(400, seed=2)]
    wishes, step = [], 0
    for place, gap in enumerate(entries):
        step += gap + 1
        mode, size = (Mode.CLOSE, 1.0) if place % 2 else (Mode.PERCENT, percent)
        wishes.append((step, mode, size, 1, 0))
    config, log = RunConfig(**chosen), _log(wishes, 1)

    _assert_same(replay(market, log, config), _by_book(market, log, config))


ENTRIES = (Mode.UNITS, Mode.VALUE, Mode.PERCENT, Mode.RISK)
distances = st.none() | st.sampled_from([-0.004, 0.0, 0.0005, 0.002, 0.006, 0.02, 0.3])
entries = st.tuples(
    st.integers(0, STEPS - 1),
    st.sampled_from(ENTRIES),
    st.sampled_from([1.0, 0.95, 0.5, 0.25, 0.01, 3.0, 4_000.0]),
    distances,
    distances,
)
conventions = st.fixed_dictionaries(
    {
        "cash": st.sampled_from(["10000", "999.999999999"]),
        "commission_bps": st.sampled_from(["0", "7", "33.333"]),
        "slippage_bps": st.sampled_from(["0", "3"]),
        "limit_fill": st.sampled_from(["touch", "through"]),
        "intrabar": st.sampled_from(["pessimistic", "optimistic"]),
        "allow_short": st.just(False),
    }
)


def _with_brackets(
    log: OrderLog, entries: Sequence[tuple[int, int, float, float | None, float | None]],
    market: Bars, digits: int = 4,
) -> OrderLog:  # fmt: skip
    """Add entries whose stops and profits lie at distances from the close they are asked at."""
    rows = np.zeros(len(entries), dtype=RECORD)
    for row, (step, mode, size, below, above) in zip(rows, sorted(entries, key=str), strict=True):
        close = float(market.close[step])
        row["step"], row["mode"], row["size"], row["side"] = step, mode, size, 1
        row["ref"] = row["parent"] = row["oco"] = -1
        for name in ("limit", "stop", "trail", "sl", "tp"):
            row[name] = np.nan
        if below is not None or mode == Mode.RISK:
            row["sl"] = round(close * (1 - (0.01 if below is None else below)), digits)
        if above is not None:
            row["tp"] = round(close * (1 + above), digits)
    records = np.concatenate([log.records, rows])
    return OrderLog(0, records[np.argsort(records["step"], kind="stable")], ("",))


def _on_grid(market: Bars, digits: int) -> Bars:
    """Round prices: on a coarse grid they often equal each other, and stops and profits."""
    prices = (np.round(getattr(market, name), digits) for name in ("open", "high", "low", "close"))
    return Bars(market.symbol, market.timeframe, market.ts, *prices, market.volume)


@settings(max_examples=300, deadline=None)
@given(
    wishes=st.lists(asked, max_size=8),
    wanted=st.lists(entries, min_size=1, max_size=12),
    seed=st.integers(0, 30),
    digits=st.sampled_from([4, 1, 0]),
    chosen=conventions,
)
def test_both_ways_leave_the_same_of_brackets(
    wishes: list[tuple[int, int, float, int, int]],
    wanted: list[tuple[int, int, float, float | None, float | None]],
    seed: int,
    digits: int,
    chosen: dict[str, Any],
) -> None:
    market = [_on_grid(walk(STEPS, seed=seed), digits)]
    config, log = RunConfig(**chosen), _with_brackets(_log(wishes, 1), wanted, market[0], digits)
    one, other = replay(market, log, config), _by_book(market, log, config)

    _assert_same(one, other)
    assert compute(one, market, config) == compute(other, market, config)


@settings(max_examples=100, deadline=None)
@given(
    gaps=st.lists(st.integers(1, 40), min_size=1, max_size=20),
    below=st.sampled_from([0.002, 0.01]),
    above=st.sampled_from([0.002, 0.02, 0.5]),
    seed=st.integers(0, 30),
    chosen=conventions,
)
def test_entries_that_wait_for_their_brackets_go_straight(
    gaps: list[int], below: float, above: float, seed: int, chosen: dict[str, Any]
) -> None:
    market = [walk(1_000, seed=seed)]
    config = RunConfig(**chosen)
    steps = [step for step in np.cumsum(gaps).tolist() if step < 1_000]
    wanted = [(step, Mode.PERCENT, 0.95, below, above) for step in steps]
    log = _with_brackets(_log([], 1), wanted, market[0])
    one, other = replay(market, log, config), _by_book(market, log, config)

    # While one bracket is alive the cash is spent, and other entries are refused.
    assert _goes_straight(market, log, config)
    _assert_same(one, other)


def test_a_second_bracket_beside_the_first_goes_by_the_book() -> None:
    market = [walk(STEPS)]
    wanted = [(step, Mode.PERCENT, 0.3, 0.3, 0.3) for step in (1, 3)]
    one = _with_brackets(_log([], 1), wanted[:1], market[0])
    two = _with_brackets(_log([], 1), wanted, market[0])

    assert _goes_straight(market, one, RunConfig())
    assert not _goes_straight(market, two, RunConfig())
    _assert_same(replay(market, two, RunConfig()), _by_book(market, two, RunConfig()))


@pytest.mark.parametrize("options", [{"fill": "next_close"}, {"fill": "same_close"}])
def test_brackets_go_by_the_book_where_entries_fill_at_a_close(options: dict[str, Any]) -> None:
    market = [walk(STEPS)]
    log = _with_brackets(_log([], 1), [(1, Mode.PERCENT, 0.5, 0.01, 0.01)], market[0])

    assert _goes_straight(market, log, RunConfig())
    assert not _goes_straight(market, log, RunConfig(**options))


def test_a_position_that_turns_negative_goes_by_the_book() -> None:
    market, log = [walk(STEPS)], _log([(1, Mode.UNITS, 5.0, -1, 0)], 1)

    assert not _goes_straight(market, log, RunConfig())
    assert replay(market, log, RunConfig()).positions == {"X": Decimal(-5)}


@pytest.mark.parametrize(
    "options",
    [
        {"leverage": 2},
        {"volume_share": "0.1"},
        {"taxes": ["krx"]},
        {"commission": [{"kind": "per_unit", "per_unit": "0.01"}]},
        {"slippage": [{"kind": "square_root", "coefficient": "0.1"}]},
        {"instruments": {"*": {"lot": "1"}}},
        {"funding_bps": 1},
        {"actions": [{"symbol": "X", "ts": 0, "split": 2}]},
    ],
)
def test_whatever_else_decides_goes_by_the_book(options: dict[str, Any]) -> None:
    market, log = [walk(STEPS)], _log([(1, Mode.UNITS, 5.0, 1, 0)], 1)

    assert _goes_straight(market, log, RunConfig())
    assert not _goes_straight(market, log, RunConfig(**options))


@given(
    st.lists(
        st.floats(1e-6, 1e9)
        | st.integers(1, 10**9).map(lambda cents: cents / 100)
        | st.integers(10**11, 10**12 - 1).map(lambda digits: (digits + 0.5) / 1e8),
        min_size=1,
    )
)
def test_prices_are_rounded_as_their_text_is(prices: list[float]) -> None:
    read = whole_prices(np.array(prices))

    if read is None:  # too far apart for 64 bits
        assert max(prices) / min(prices) > 1e4
        return
    digits, numbers = read
    texts = [Decimal(f"{price:.12g}") for price in prices]
    assert [Decimal(number).scaleb(-digits) for number in numbers] == texts
    assert digits == max(0, *(-int(text.normalize().as_tuple().exponent) for text in texts), 0)


def test_cash_may_have_more_digits_than_prices() -> None:
    market, log = [flat(3)], _log([(0, Mode.UNITS, 3.0, 1, 0)], 1)
    config = RunConfig(cash="1000.00000000001")

    assert _goes_straight(market, log, config)
    assert replay(market, log, config).cash == Decimal("700.00000000001")


@pytest.mark.parametrize("price", [0.0, -1.0, math.nan, math.inf, 1e-12, 1e12])
def test_prices_that_are_no_such_integers_go_by_the_book(price: float) -> None:
    assert whole_prices(np.array([1.0, price])) is None
    assert whole_prices(np.array([])) is None
    assert whole_prices(np.array([1e-11, 9e11])) is None  # 23 digits together
    assert whole_prices(np.array([99_999_999_999.9, 0.5])) == (1, [999_999_999_999, 5])
