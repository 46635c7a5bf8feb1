"""Sweeps by array give what the trusted replay gives, and share what points have in common."""

import numpy as np
import pytest

from naru import Strategy, StrategyDefinitionError, ta, vector
from naru.engine.config import RunConfig
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
@pytest.mark.parametrize("fill", ["next_open", "next_close"])
def test_a_sweep_agrees_with_the_replay_of_each_point(strategy: object, fill: str) -> None:
    options = {"commission_bps": 8, "slippage_bps": 3, "fill": fill}
    result = sweep(spec_of(strategy), [MARKET], RunConfig(**options), POINTS, Silence())

    for place, point in enumerate(POINTS):
        _, alone = perform(strategy, MARKET, params=point, **options)
        assert result.final_equity[place] == pytest.approx(alone.equity[-1], rel=1e-7)
        assert result.fill_count[place] == len(alone.fills)
        peak = np.maximum(np.maximum.accumulate(alone.equity), 10_000)
        fallen = 1 - (alone.equity / peak).min()
        assert result.max_drawdown[place] == pytest.approx(fallen, rel=1e-6)


def test_a_position_that_stays_open_is_marked() -> None:
    @vector(after=1500)
    def late(data, after):
        return np.where(np.arange(len(data)) >= after, 1.0, 0.0)

    result = sweep(spec_of(late), [MARKET], RunConfig(), [{}, {"after": 2999}], Silence())
    _, alone = perform(late, MARKET)

    assert result.final_equity[0] == pytest.approx(alone.equity[-1], rel=1e-8)
    assert result.total_return[1] == 0.0
    assert result.fill_count.tolist() == [1, 0]


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
