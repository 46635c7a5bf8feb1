"""Sweeps by array give what the trusted replay gives, and share what points have in common."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naru import Strategy, StrategyDefinitionError, ta, vector
from naru.engine.config import RunConfig
from naru.engine.stretches import Extremes
from naru.engine.sweep import sweep
from naru.ta.sharing import shared
from tests.naru.engine.scenes import Silence, flat, perform, spec_of, walk

MARKET = walk(3000, 4)
POINTS = [{"fast": fast, "slow": slow} for fast in (5, 9, 14) for slow in (20, 33)]


@vector(fast=5, slow=20)
def cross(data, fast, slow):
    return (ta.sma(data.close, fast) > ta.sma(data.close, slow)) * 0.95


@vector(fast=5, slow=20)
def both_ways(data, fast, slow):
    above = ta.sma(data.close, fast) > ta.sma(data.close, slow)
    return np.where(above, 0.9, -0.4)


@pytest.mark.parametrize("strategy", [cross, both_ways])
@pytest.mark.parametrize(
    "options",
    [{"fill": "next_open"}, {"fill": "next_close"}, {"leverage": 2}, {"taxes": ["krx"]}],
)
def test_a_sweep_agrees_with_the_replay_of_each_point(
    strategy: object, options: dict[str, Any]
) -> None:
    options = {"commission_bps": 8, "slippage_bps": 3, **options}
    result = sweep(spec_of(strategy), [MARKET], RunConfig(**options), POINTS, Silence())

    for place, point in enumerate(POINTS):
        _, alone = perform(strategy, MARKET, params=point, **options)
        assert result.final_equity[place] == pytest.approx(alone.equity[-1], rel=1e-7)
        assert result.fill_count[place] == len(alone.fills)
        peak = np.maximum(np.maximum.accumulate(alone.equity), 10_000)
        fallen = 1 - (alone.equity / peak).min()
        assert result.max_drawdown[place] == pytest.approx(fallen, rel=1e-6)


def test_figures_do_not_depend_on_how_many_points_are_worked_out_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Among them some that hold nothing, and one whose quantities are too small to round."""

    @vector(fast=5, slow=20, share=0.95)
    def sized(data, fast, slow, share):
        return (ta.sma(data.close, fast) > ta.sma(data.close, slow)) * share

    shares = (0.95, 0.0, 0.3, 1e-7, -0.2, 1.0, 0.95)
    points = [point | {"share": share} for point, share in zip(POINTS * 2, shares, strict=False)]
    config = RunConfig(commission_bps=8)
    whole = sweep(spec_of(sized), [MARKET], config, points, Silence())
    for name, most in (("_MOST_TOGETHER", 300), ("_MOST_WAITING", 500), ("_MOST_WAITING", 0)):
        monkeypatch.setattr(f"naru.engine.sweep.{name}", most)
        parts = sweep(spec_of(sized), [MARKET], config, points, Silence())
        for column in ("final_equity", "total_return", "max_drawdown", "sharpe", "fill_count"):
            assert np.array_equal(getattr(parts, column), getattr(whole, column), equal_nan=True)

    for place, point in enumerate(points):
        _, alone = perform(sized, MARKET, params=point, commission_bps=8)
        assert whole.final_equity[place] == pytest.approx(alone.equity[-1], rel=1e-7)
        assert whole.fill_count[place] == len(alone.fills)


@pytest.mark.parametrize("strategy", [cross, both_ways])
def test_without_paths_there_is_neither_drawdown_nor_sharpe_ratio(strategy: object) -> None:
    whole = sweep(spec_of(strategy), [MARKET], RunConfig(), POINTS, Silence())
    bare = sweep(spec_of(strategy), [MARKET], RunConfig(), POINTS, Silence(), paths=False)

    assert np.isnan(bare.max_drawdown).all()
    assert np.isnan(bare.sharpe).all()
    assert np.array_equal(bare.final_equity, whole.final_equity)
    assert np.array_equal(bare.fill_count, whole.fill_count)


@pytest.mark.parametrize("share", [0.9, -0.4])  # by array, and by replay
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_few_bars_have_figures_too(share: float, count: int) -> None:
    market = walk(count, seed=3)

    @vector(share=0.9)
    def holds(data, share):
        return np.full(len(data), share)

    result = sweep(spec_of(holds), [market], RunConfig(), [{"share": share}], Silence())
    equity = perform(holds, market, params={"share": share})[1].equity
    equity = np.append(10_000, equity)
    peak = np.maximum.accumulate(equity)
    assert result.final_equity[0] == pytest.approx(equity[-1], rel=1e-7)
    assert result.max_drawdown[0] == pytest.approx(1 - (equity / peak).min(), abs=1e-7)
    returns = equity[2:] / equity[1:-1] - 1
    sharpe = returns.mean() / returns.std(ddof=1) if count > 2 else np.nan
    assert result.sharpe[0] == pytest.approx(sharpe, rel=1e-4, nan_ok=True)


def test_a_position_that_stays_open_is_marked() -> None:
    @vector(after=1500)
    def late(data, after):
        return np.where(np.arange(len(data)) >= after, 1.0, 0.0)

    result = sweep(spec_of(late), [MARKET], RunConfig(), [{}, {"after": 2999}], Silence())
    _, alone = perform(late, MARKET)

    assert result.final_equity[0] == pytest.approx(alone.equity[-1], rel=1e-8)
    assert result.total_return[1] == 0.0
    assert result.fill_count.tolist() == [1, 0]


@vector(every=20, share=0.3)
def rotate(data, every, share):
    """Hold three instruments by momentum, set anew every few bars."""
    targets = {}
    for place, symbol in enumerate(data.symbols):
        close = data[symbol].close
        targets[symbol] = np.full(len(close), np.nan)
        rows = np.arange(every, len(close), every)
        risen = close[rows] / close[rows - every]
        targets[symbol][rows] = np.clip(share * risen, 0.01, 0.32) - 0.001 * place
    return targets


@pytest.mark.parametrize("fill", ["next_open", "next_close"])
def test_points_over_several_instruments_agree_with_their_replays(fill: str) -> None:
    market = [walk(400, seed, symbol=symbol) for seed, symbol in enumerate("ABC", start=5)]
    points = [{"every": every, "share": share} for every in (7, 30) for share in (0.1, 0.3, 1.5)]
    options = {"commission_bps": 4, "slippage_bps": 2, "fill": fill, "cash": 10**6}
    result = sweep(spec_of(rotate), market, RunConfig(**options), points, Silence())
    bare = sweep(spec_of(rotate), market, RunConfig(**options), points, Silence(), paths=False)

    for place, point in enumerate(points):
        _, alone = perform(rotate, market, params=point, **options)
        assert result.final_equity[place] == pytest.approx(alone.equity[-1], rel=1e-8)
        assert result.final_equity[place] == pytest.approx(bare.final_equity[place], rel=1e-12)
        assert result.total_return[place] == pytest.approx(alone.equity[-1] / 10**6 - 1)
        assert result.total_return[place] == pytest.approx(bare.total_return[place], rel=1e-9)
        assert result.fill_count[place] == len(alone.fills)
        peak = np.maximum(np.maximum.accumulate(alone.equity), 10**6)
        assert result.max_drawdown[place] == pytest.approx(1 - (alone.equity / peak).min())
        returns = alone.equity[1:] / alone.equity[:-1] - 1
        assert result.sharpe[place] == pytest.approx(returns.mean() / returns.std(ddof=1))


def test_points_share_indicators() -> None:
    with shared():
        first = ta.sma(MARKET.close, 10)
        again = ta.sma(MARKET.close, 10)
        other = ta.sma(MARKET.close, 11)
        own = MARKET.close.copy()
        changeable = ta.sma(own, 10)
        own[:] = 1.0
        assert ta.sma(own, 10)[-1] == 1.0

    assert again is first
    assert other is not first
    assert np.array_equal(changeable, first, equal_nan=True)
    assert ta.sma(MARKET.close, 10) is not first


def test_sweeps_are_for_vector_strategies() -> None:
    with pytest.raises(StrategyDefinitionError):
        sweep(spec_of(type("S", (Strategy,), {})), [flat(3)], RunConfig(), [{}], Silence())


@pytest.mark.parametrize("seed", range(6))
def test_figures_from_stretches_are_those_of_the_whole_path(seed: int) -> None:
    """Whatever the targets: many entries or none, held to the end, for one bar, or in one go."""
    chance = np.random.default_rng(seed)
    market = walk(400, seed)
    wishes = [
        np.where(np.convolve(chance.normal(size=400), np.ones(width), "same") > level, share, 0.0)
        for width, level, share in (
            (1, 0, 1.0),
            (9, 1, 0.6),
            (60, 0, 0.95),
            (1, 9, 1.0),
            (1, -9, 0.3),
        )
    ]

    @vector(which=0)
    def wished(data, which):
        return wishes[which][: len(data)]

    points = [{"which": place} for place in range(len(wishes))]
    config = RunConfig(commission_bps=4)
    result = sweep(spec_of(wished), [market], config, points, Silence())
    for place, point in enumerate(points):
        _, alone = perform(wished, market, params=point, commission_bps=4)
        equity = alone.equity
        peak = np.maximum(np.maximum.accumulate(equity), 10_000)
        assert result.max_drawdown[place] == pytest.approx(1 - (equity / peak).min(), rel=1e-6)
        returns = equity[1:] / equity[:-1] - 1
        wanted = returns.mean() / returns.std(ddof=1) if returns.any() else np.nan
        assert result.sharpe[place] == pytest.approx(wanted, rel=1e-5, nan_ok=True)


@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=70),
    st.lists(st.integers(0, 69), min_size=2, max_size=20, unique=True),
)
def test_extremes_by_table_and_by_walking_are_the_same(values: list[int], cuts: list[int]) -> None:
    closes = np.array(values, dtype=float)
    bounds = np.array(sorted({min(cut, len(values)) for cut in cuts} | {0, len(values)}))
    starts, stops = bounds[:-1:2], bounds[1::2]
    starts = starts[: len(stops)]
    wanted = [(closes[a:b].min(), closes[a:b].max()) for a, b in zip(starts, stops, strict=True)]
    for limit in (1 << 20, 0):
        found = Extremes(closes, limit).between(starts, stops)
        assert np.array_equal(np.transpose(found), wanted)
