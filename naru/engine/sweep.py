"""Trying many parameters of a vector strategy: figures in floats, to choose by.

What is chosen is then run and replayed like everything else; figures of a sweep are not published
as results. Indicators that several points share are computed once.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import localcontext

import numpy as np

from naru.bars import Bars
from naru.engine.compounding import Terms, compound, simple_terms
from naru.engine.config import RunConfig
from naru.engine.ledger import MONEY
from naru.engine.market import Floats, Ints, Market
from naru.engine.memory import keep_freed_memory
from naru.engine.rebalancing import find_wishes, hold_targets
from naru.engine.replay import replay
from naru.engine.runtime import Sink
from naru.engine.spec import StrategySpec
from naru.engine.stretches import Stretches
from naru.engine.vector_data import VectorInputs
from naru.engine.vectorized import changes, compute_targets, vector_orders
from naru.errors import StrategyDefinitionError
from naru.params import check_params
from naru.ta.sharing import shared
from naru.vectors import VectorStrategy

Figures = tuple[float, float, float, float, int]
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Sweep:
    """The figures of every point, in the order of the points.

    final_equity   quote currency
    total_return   fraction of the initial cash
    max_drawdown   fraction of the running peak, >= 0
    sharpe         mean over deviation of returns per bar, not annualised; NaN without any
    fill_count     fills
    """

    final_equity: Floats
    total_return: Floats
    max_drawdown: Floats
    sharpe: Floats
    fill_count: Ints


def sweep(
    spec: StrategySpec,
    bars: Sequence[Bars],
    config: RunConfig,
    points: Sequence[Mapping[str, object]],
    sink: Sink,
    *,
    paths: bool = True,
) -> Sweep:
    """Evaluate a vector strategy at each point, on the same bars.

    Without ``paths`` equity between fills is not looked at; drawdown and Sharpe ratio are NaN then.

    Raises ParamError for a point that the strategy does not take, StrategyDefinitionError for
    strategies of another style.
    """
    if not isinstance(spec.target, VectorStrategy):
        raise StrategyDefinitionError("a sweep evaluates vector strategies")
    market = Market(bars)
    keep_freed_memory()
    terms = simple_terms(market, config)
    by_array = None
    if terms is not None:
        by_array = (_Single if len(market.feeds) == 1 else _Several)(market, config, terms, paths)
    figures, schema = [], spec.params_schema()
    with localcontext(MONEY), shared():
        for done, point in enumerate(points):
            params = check_params(schema, point)
            found = None if by_array is None else by_array.figures(spec.target, params)
            if found is None:
                orders = vector_orders(spec.target, market, config, params)
                outcome = replay(bars, orders, config)
                found = (*_figures(outcome.equity, float(config.cash)), len(outcome.fills))
            figures.append(found)
            sink.progress(done + 1, len(points))
    columns = [np.array(column, dtype=float) for column in zip(*figures, strict=True)]
    columns = columns or [np.zeros(0)] * 5
    return Sweep(columns[0], columns[1], columns[2], columns[3], columns[4].astype(np.int64))


class _Single:
    """Points over one instrument."""

    def __init__(self, market: Market, config: RunConfig, terms: Terms, paths: bool) -> None:
        self._feed, self._config, self._terms = market.feeds[0], config, terms
        self._inputs = VectorInputs(market)
        self._cash = float(config.cash)
        self._stretches = Stretches(self._feed.close, self._cash) if paths else None

    def figures(self, strategy: VectorStrategy, params: Mapping[str, object]) -> Figures | None:
        """Return a point's figures; None where it has to be replayed."""
        feed, config = self._feed, self._config
        (targets,) = compute_targets(strategy, self._inputs, params)
        if not len(targets):
            return None
        result = compound(feed, *changes(targets, config.warmup), config, self._terms)
        if result is None:
            return None
        final = result.cash + result.units * feed.close.item(-1)
        drawdown = sharpe = _NAN
        if self._stretches is not None:
            drawdown, sharpe = self._stretches.figures(result)
        return final, final / self._cash - 1.0, drawdown, sharpe, result.fill_count


class _Several:
    """Points over instruments that share cash, where all that is held is set anew together."""

    def __init__(self, market: Market, config: RunConfig, terms: Terms, paths: bool) -> None:
        self._market, self._config, self._terms, self._paths = market, config, terms, paths
        self._inputs = VectorInputs(market)

    def figures(self, strategy: VectorStrategy, params: Mapping[str, object]) -> Figures | None:
        """Return a point's figures; None where it has to be replayed."""
        config, market = self._config, self._market
        orders = vector_orders(strategy, market, config, params, self._inputs)
        wishes = find_wishes(market, orders.records, config)
        holding = None if wishes is None else hold_targets(wishes, config, self._terms)
        if holding is None:
            return None
        closes = self._inputs.table("close").T  # by instrument, each with a bar at every step
        if self._paths:
            equity = holding.equity(closes, float(config.cash))
            return *_figures(equity, float(config.cash)), holding.fill_count
        final = float(holding.cash[-1] + (holding.units[:, -1] * closes[:, -1]).sum())
        return final, final / float(config.cash) - 1.0, _NAN, _NAN, holding.fill_count


def _figures(equity: Floats, cash: float) -> tuple[float, float, float, float]:
    if len(equity) == 0:
        return cash, 0.0, 0.0, float("nan")
    peak = np.maximum.accumulate(equity)
    np.maximum(peak, cash, out=peak)
    fallen = float((equity / peak).min())
    final = float(equity[-1])
    return final, final / cash - 1.0, 1.0 - fallen, _sharpe(equity)


def _sharpe(equity: Floats) -> float:
    count = len(equity) - 1
    if count < 2:
        return _NAN
    # Means of logarithms would need no division, but returns are what the ratio is defined by.
    returns = equity[1:] / equity[:-1]
    returns -= 1.0
    mean = float(returns.sum()) / count
    returns -= mean
    deviation = math.sqrt(float((returns * returns).sum()) / (count - 1))
    return mean / deviation if deviation > 0 else _NAN
