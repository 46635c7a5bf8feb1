"""Targets of many instruments: as tables, by symbol, and with bars missing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru import LookAheadError, StrategyUseError, vector
from naru.engine.market import Market
from naru.engine.vector_data import VectorInputs
from naru.engine.vectorized import changes, changes_of_many
from tests.naru.engine.scenes import perform, walk

SYMBOLS = ("A", "B", "C")
MARKET = [walk(300, seed, "1d", symbol) for seed, symbol in enumerate(SYMBOLS, start=2)]
target = st.sampled_from([float("nan"), 0.0, 0.2, 0.3])


def with_holes(bars, kept):
    names = ("ts", "open", "high", "low", "close", "volume")
    return type(bars)(bars.symbol, bars.timeframe, *(getattr(bars, name)[kept] for name in names))


HOLES = [
    MARKET[0],
    with_holes(MARKET[1], np.arange(300) % 7 > 0),
    with_holes(MARKET[2], np.arange(300) > 3),
]


@given(st.lists(st.lists(target, min_size=3, max_size=3), max_size=12), st.integers(1, 40))
def test_changes_of_many_are_those_of_each(rows: list[list[float]], size: int) -> None:
    targets = np.array(rows, dtype=float).reshape(-1, 3).T
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("naru.engine.vectorized._BLOCK", size)
        steps, symbols, values = changes_of_many(targets)

    wanted = [
        (int(row), place, float(value))
        for place in range(3)
        for row, value in zip(*changes(targets[place], 0), strict=True)
    ]
    found = zip(steps.tolist(), symbols.tolist(), values.tolist(), strict=True)
    assert list(found) == sorted(wanted)


@given(wanted=st.lists(target, max_size=200), warmup=st.integers(0, 5), is_sparse=st.booleans())
def test_changes_are_those_of_a_plain_loop(
    wanted: list[float], warmup: int, *, is_sparse: bool
) -> None:
    """However many targets ask for nothing."""
    if is_sparse:
        wanted = [each for one in wanted for each in (one, float("nan"), float("nan"))]
    before, found = 0.0, []
    for row, each in enumerate([0.0] * min(warmup, len(wanted)) + wanted[warmup:]):
        if each == each and each != before:
            found.append((row, each))
            before = each

    rows, values = changes(np.array(wanted, dtype=float), warmup)

    assert list(zip(rows.tolist(), values.tolist(), strict=True)) == found


@pytest.mark.parametrize("other", [0.5, float("nan")])
@pytest.mark.parametrize("excessive", [95.0e3, float("inf"), -float("inf")])
def test_targets_are_fractions_however_many_ask_for_nothing(other: float, excessive: float) -> None:
    targets = np.full(300, other)
    targets[150] = excessive

    with pytest.raises(StrategyUseError, match="fractions of equity"):
        changes(targets, 0)


@vector()
def by_symbol(data):
    """Hold more of what has risen, set anew every ten bars."""
    targets = {}
    for symbol in data.symbols:
        close = data[symbol].close
        targets[symbol] = np.full(len(close), np.nan)
        targets[symbol][10::10] = np.clip(close[10::10] / close[:-10:10] - 0.75, 0.05, 0.3)
    return targets


@vector()
def by_table(data):
    """Hold the same, by one array for all."""
    close = data.table("close")
    targets = np.full_like(close, np.nan)
    targets[10::10] = np.clip(close[10::10] / close[:-10:10] - 0.75, 0.05, 0.3)
    return targets


@pytest.mark.parametrize(("warmup", "first"), [(0, 11), (45, 51)])
def test_a_table_of_targets_is_what_targets_by_symbol_are(warmup: int, first: int) -> None:
    run, result = perform(by_table, MARKET, warmup=warmup, commission_bps=5)
    other, same = perform(by_symbol, MARKET, warmup=warmup, commission_bps=5)

    assert run.orders.to_bytes() == other.orders.to_bytes()
    assert result.fills == same.fills
    assert result.fills[0].step == first


def test_a_table_has_gaps_where_an_instrument_has_no_bar() -> None:
    seen = {}

    @vector()
    def look(data):
        for name in ("close", "volume"):
            seen.setdefault(name, data.table(name))
        return np.where(np.isnan(data.table("close")), np.nan, 0.1)

    _, result = perform(look, HOLES)

    for name, table in seen.items():
        assert table.shape == (300, 3)
        assert not table.flags.writeable
        for place, bars in enumerate(HOLES):
            has_bar = np.isin(HOLES[0].ts, bars.ts)
            assert np.array_equal(table[has_bar, place], getattr(bars, name))
            assert np.isnan(table[~has_bar, place]).all()
    assert [(fill.step, fill.symbol) for fill in result.fills] == [(1, 0), (2, 1), (5, 2)]


def test_warmup_counts_each_instruments_own_bars() -> None:
    @vector()
    def always(data):
        return {symbol: np.full(len(data[symbol]), 0.1) for symbol in data.symbols}

    _, result = perform(always, HOLES, warmup=12)

    assert sorted((fill.symbol, fill.step) for fill in result.fills) == [(0, 13), (1, 16), (2, 17)]


def test_a_table_that_peeps_is_caught() -> None:
    @vector()
    def peeping(data):
        close = data.table("close")
        return (np.roll(close, -1, axis=0) > close) * 0.3

    @vector()
    def ranking(data):
        close = data.table("close")
        return (close > np.nanmean(close, axis=0)) * 0.3

    with pytest.raises(LookAheadError, match=r"the target of [ABC] at bar"):
        perform(peeping, MARKET)
    with pytest.raises(LookAheadError, match="looks ahead"):
        perform(ranking, HOLES)


def test_a_table_has_the_runs_shape() -> None:
    @vector()
    def short(data):
        return np.zeros((len(data) - 1, 3))

    @vector()
    def unknown(data):
        return data.table("ts")

    with pytest.raises(StrategyUseError, match="one target per bar"):
        perform(short, MARKET)
    with pytest.raises(StrategyUseError, match="no table of 'ts'; ask for open"):
        perform(unknown, MARKET)


@pytest.mark.parametrize("name", ["open", "close", "volume"])
def test_series_that_lie_together_are_a_table_as_they_are(name: str) -> None:
    columns = ("open", "high", "low", "close", "volume")
    together = np.concatenate([getattr(bars, each) for each in columns for bars in MARKET])
    together.flags.writeable = False
    tables = dict(zip(columns, together.reshape(5, len(MARKET), 300), strict=True))
    wanted = VectorInputs(Market(MARKET)).table(name)

    table = VectorInputs(Market(MARKET, tables=tables)).table(name)

    assert np.array_equal(table, wanted)
    assert np.shares_memory(table, together)
    assert not table.flags.writeable


def test_series_with_bars_at_other_instants_are_a_table_of_its_own() -> None:
    later = replace(MARKET[1], ts=MARKET[1].ts + 1)
    tables = {"close": np.stack([MARKET[0].close, later.close])}

    table = VectorInputs(Market([MARKET[0], later], tables=tables)).table("close")

    assert table.shape == (600, 2)
    assert np.isnan(table).sum() == 600
