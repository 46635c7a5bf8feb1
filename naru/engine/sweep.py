"""Trying many parameters of a vector strategy: figures in floats, to choose by.

What is chosen is then run and replayed like everything else; figures of a sweep are not published
as results. Indicators that several points share are computed once.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import localcontext
from functools import cached_property
from typing import NamedTuple

import numpy as np

from naru.bars import Bars
from naru.engine.compounding import (
    Targets,
    Terms,
    compound,
    go_in_and_out,
    simple_terms,
    that_fill,
)
from naru.engine.config import RunConfig
from naru.engine.ledger import MONEY
from naru.engine.market import Floats, Ints, Market
from naru.engine.memory import keep_large_pages
from naru.engine.orderlog import OrderLog
from naru.engine.rebalancing import find_wishes, hold_targets
from naru.engine.replay import replay
from naru.engine.runtime import Sink
from naru.engine.spec import StrategySpec
from naru.engine.stretches import Stretches
from naru.engine.vector_data import VectorInputs
from naru.engine.vectorized import changes, compute_targets, vector_targets
from naru.errors import StrategyDefinitionError
from naru.params import check_params
from naru.ta.sharing import shared
from naru.vectors import VectorStrategy

_NAN = float("nan")
_COLUMNS = 5  # of a Sweep
# So many changes of targets, 16 MiB, wait until what comes of them is worked out: strategies'
# arrays and the tables would drive each other out of the cache. Then so many are looked at
# together: each of two hundred steps of arithmetic has a price of its own.
_MOST_WAITING = 1 << 20
_MOST_TOGETHER = 1 << 17


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
    keep_large_pages()
    table = np.full((len(points), _COLUMNS), _NAN)
    schema = spec.params_schema()
    with localcontext(MONEY), shared():
        rows = _rows(spec.target, bars, config, table, paths=paths)
        for place, point in enumerate(points):
            rows.write(place, check_params(schema, point))
            sink.progress(place + 1, len(points))
        rows.finish()
    if not paths:
        table[:, 2:4] = _NAN  # also of points that were replayed
    columns = np.ascontiguousarray(table.T)
    return Sweep(columns[0], columns[1], columns[2], columns[3], columns[4].astype(np.int64))


class _Replayed:
    """Rows of figures of points that are run and replayed one by one."""

    def __init__(
        self, strategy: VectorStrategy, bars: Sequence[Bars], config: RunConfig, table: Floats
    ) -> None:
        self.strategy, self.config, self.table = strategy, config, table
        self.bars, self.market = bars, Market(bars)
        self.inputs = VectorInputs(self.market)
        self.cash = float(config.cash)

    def write(self, place: int, params: Mapping[str, object]) -> None:
        """Write a point's row, at the latest when all is finished."""
        log = vector_targets(self.strategy, self.market, self.config, params, self.inputs)
        self.replay(place, log.orders())

    def replay(self, place: int, orders: OrderLog) -> None:
        """Write the row of what comes of a point's orders."""
        outcome = replay(self.bars, orders, self.config)
        self.table[place] = *_figures(outcome.equity, self.cash), len(outcome.fills)

    def finish(self) -> None:
        """Write what is still missing."""


class _Wanted(NamedTuple):
    """A point whose targets go in and out."""

    place: int
    params: Mapping[str, object]
    targets: Targets


class _Single:
    """Rows of points over one instrument: by array where a point goes in and out."""

    def __init__(self, others: _Replayed, terms: Terms, paths: bool) -> None:
        self._others, self._terms, self._paths = others, terms, paths
        (self._feed,) = others.market.feeds
        self._waiting: list[_Wanted] = []
        self._waiting_changes = 0

    def write(self, place: int, params: Mapping[str, object]) -> None:
        """Write a point's row, at the latest when all is finished."""
        others = self._others
        (wanted,) = compute_targets(others.strategy, others.inputs, params)
        targets = that_fill(self._feed, Targets(*changes(wanted, others.config.warmup)))
        if not len(targets.rows):
            others.table[place] = others.cash, 0.0, 0.0, _NAN, 0
        elif go_in_and_out(targets.values):
            self._waiting.append(_Wanted(place, params, targets))
            self._waiting_changes += len(targets.rows)
            if self._waiting_changes > _MOST_WAITING:
                self.finish()
        else:
            others.write(place, params)

    @cached_property
    def _stretches(self) -> Stretches:
        return Stretches(self._feed.close)

    def finish(self) -> None:
        """Write what is still missing."""
        together, count = [], 0
        for point in self._waiting:
            together.append(point)
            count += len(point.targets.rows)
            if count > _MOST_TOGETHER:
                self._write_all(together)
                together, count = [], 0
        if together:
            self._write_all(together)
        self._waiting, self._waiting_changes = [], 0

    def _write_all(self, points: Sequence[_Wanted]) -> None:
        others, places = self._others, [point.place for point in points]
        runs = [point.targets for point in points]
        held = compound(self._feed, runs, others.config, self._terms)
        final = held.after[held.lasts]
        others.table[places, 0] = final
        others.table[places, 1] = final / others.cash - 1.0
        if self._paths:
            others.table[places, 2:4] = np.transpose(self._stretches.figures(held))
        others.table[places, 4] = held.fill_counts()
        for point, is_exact in zip(points, held.are_exact().tolist(), strict=True):
            if not is_exact:
                others.write(point.place, point.params)


class _Several:
    """Rows of points over instruments that share cash: by array where all are set anew together."""

    def __init__(self, others: _Replayed, terms: Terms, paths: bool) -> None:
        self._others, self._terms, self._paths = others, terms, paths

    def write(self, place: int, params: Mapping[str, object]) -> None:
        """Write a point's row."""
        others = self._others
        market, config, cash = others.market, others.config, others.cash
        log = vector_targets(others.strategy, market, config, params, others.inputs)
        wishes = find_wishes(market, log.asked, config)
        holding = None if wishes is None else hold_targets(wishes, config, self._terms)
        if holding is None:
            others.replay(place, log.orders())
            return
        closes = others.inputs.table("close").T  # by instrument, each with a bar at every step
        if self._paths:
            figures = _figures(holding.equity(closes, cash), cash)
        else:
            final = float(holding.cash[-1] + (holding.units[:, -1] * closes[:, -1]).sum())
            figures = final, final / cash - 1.0, _NAN, _NAN
        others.table[place] = *figures, holding.fill_count

    def finish(self) -> None:
        """Write what is still missing: nothing, rows are written at once."""


def _rows(
    strategy: VectorStrategy, bars: Sequence[Bars], config: RunConfig, table: Floats, *, paths: bool
) -> _Replayed | _Single | _Several:
    replayed = _Replayed(strategy, bars, config, table)
    terms = simple_terms(config)
    if terms is None or not len(replayed.market):
        return replayed
    kind = _Single if len(replayed.market.feeds) == 1 else _Several
    return kind(replayed, terms, paths)


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
