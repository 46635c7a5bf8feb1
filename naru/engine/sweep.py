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
from naru.engine.compounding import Compounded, Terms, compound, simple_terms
from naru.engine.config import RunConfig
from naru.engine.ledger import MONEY
from naru.engine.market import Floats, Ints, Market
from naru.engine.memory import keep_large_pages
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

_NAN = float("nan")
_COLUMNS = 5  # of a Sweep
# So many stretches wait until their figures are looked up together: strategies' arrays drive the
# tables out of the cache, and every step of the arithmetic has a price of its own.
_MOST_WAITING = 1 << 15


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
    keep_large_pages()
    terms = simple_terms(market, config)
    table = np.full((len(points), _COLUMNS), _NAN)
    by_array: _Single | _Several | None = None
    if terms is not None:
        kind = _Single if len(market.feeds) == 1 else _Several
        by_array = kind(market, config, terms, paths, table)
    schema = spec.params_schema()
    with localcontext(MONEY), shared():
        for place, point in enumerate(points):
            params = check_params(schema, point)
            if by_array is None or not by_array.evaluate(spec.target, params, place):
                orders = vector_orders(spec.target, market, config, params)
                outcome = replay(bars, orders, config)
                table[place] = *_figures(outcome.equity, float(config.cash)), len(outcome.fills)
            sink.progress(place + 1, len(points))
    if by_array is not None:
        by_array.finish()
    columns = np.ascontiguousarray(table.T)
    return Sweep(columns[0], columns[1], columns[2], columns[3], columns[4].astype(np.int64))


class _Single:
    """Points over one instrument."""

    def __init__(
        self, market: Market, config: RunConfig, terms: Terms, paths: bool, table: Floats
    ) -> None:
        self._feed, self._config, self._terms = market.feeds[0], config, terms
        self._inputs = VectorInputs(market)
        self._cash = float(config.cash)
        self._stretches = Stretches(self._feed.close) if paths else None
        self._table = table
        self._waiting: dict[int, Compounded] = {}
        self._waiting_stretches = 0

    def evaluate(self, strategy: VectorStrategy, params: Mapping[str, object], place: int) -> bool:
        """Write a point's row of figures, at the latest when all is finished.

        Tells whether that can be; else it has to be replayed.
        """
        feed, config = self._feed, self._config
        (targets,) = compute_targets(strategy, self._inputs, params)
        if not len(targets):
            return False
        result = compound(feed, *changes(targets, config.warmup), config, self._terms)
        if result is None:
            return False
        final = result.cash + result.units * feed.close.item(-1)
        self._table[place] = final, final / self._cash - 1.0, _NAN, _NAN, result.fill_count
        if self._stretches is not None:
            self._waiting[place] = result
            self._waiting_stretches += len(result.entries)
            if self._waiting_stretches > _MOST_WAITING:
                self.finish()
        return True

    def finish(self) -> None:
        """Write what is still missing of the rows so far."""
        if self._stretches is not None and self._waiting:
            figures = self._stretches.figures(list(self._waiting.values()))
            self._table[list(self._waiting), 2:4] = figures
        self._waiting.clear()
        self._waiting_stretches = 0


class _Several:
    """Points over instruments that share cash, where all that is held is set anew together."""

    def __init__(
        self, market: Market, config: RunConfig, terms: Terms, paths: bool, table: Floats
    ) -> None:
        self._market, self._config, self._terms, self._paths = market, config, terms, paths
        self._inputs, self._table = VectorInputs(market), table

    def evaluate(self, strategy: VectorStrategy, params: Mapping[str, object], place: int) -> bool:
        """Write a point's row of figures; tell whether that can be, else it has to be replayed."""
        config, market = self._config, self._market
        orders = vector_orders(strategy, market, config, params, self._inputs)
        wishes = find_wishes(market, orders.records, config)
        holding = None if wishes is None else hold_targets(wishes, config, self._terms)
        if holding is None:
            return False
        closes = self._inputs.table("close").T  # by instrument, each with a bar at every step
        cash = float(config.cash)
        if self._paths:
            self._table[place] = *_figures(holding.equity(closes, cash), cash), holding.fill_count
        else:
            final = float(holding.cash[-1] + (holding.units[:, -1] * closes[:, -1]).sum())
            self._table[place] = final, final / cash - 1.0, _NAN, _NAN, holding.fill_count
        return True

    def finish(self) -> None:
        """Nothing is missing: rows are written whole."""


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
