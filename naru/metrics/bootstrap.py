"""Confidence intervals: how much of a result a luckier or unluckier order of days would change."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from naru.metrics.calendar import bars_per_year, last_of_each_day
from naru.metrics.drawdown import find_drawdowns
from naru.metrics.performance import annual_return, sharpe, simple_returns, sortino, total_return

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided confidence interval by percentiles; None where a metric stayed undefined."""

    low: float | None
    high: float | None


def stationary_samples(
    count: int, samples: int, mean_block: float, seed: int
) -> Iterator[NDArray[np.int64]]:
    """Yield index vectors of the stationary bootstrap, each as long as the series.

    Blocks start anywhere, wrap around and have geometrically distributed lengths, which keeps
    volatility clusters together: Politis and Romano, "The Stationary Bootstrap", Journal of the
    American Statistical Association 89 (1994).
    """
    chance = np.random.Generator(np.random.PCG64(seed))
    places = np.arange(count)
    for _ in range(samples):
        starts_block = chance.random(count) < 1.0 / mean_block
        starts_block[0] = True
        block_start = np.maximum.accumulate(np.where(starts_block, places, 0))
        offset = chance.integers(0, count, count)[block_start]
        yield (offset + places - block_start) % count


def confidence_intervals(
    ts: NDArray[np.int64],
    equity: Floats,
    *,
    seed: int,
    samples: int = 1_000,
    confidence: float = 0.95,
    risk_free: float = 0.0,
) -> dict[str, Interval]:
    """Return intervals for total and annual return, Sharpe, Sortino and maximum drawdown.

    Resamples daily returns (bars of a day compounded, so that minute bars cost no more than daily
    ones) in blocks of on average the cube root of their number. Needs ten days; else empty. The
    same seed gives the same intervals.
    """
    days = np.unique(np.append(0, last_of_each_day(ts)))
    returns = simple_returns(equity[days])
    per_year = bars_per_year(ts[days])
    if len(returns) < 10 or per_year is None:
        return {}
    drawn: dict[str, list[float | None]] = {}
    mean_block = max(1.0, len(returns) ** (1 / 3))
    for sample in stationary_samples(len(returns), samples, mean_block, seed):
        for name, value in _measure(returns[sample], per_year, risk_free).items():
            drawn.setdefault(name, []).append(value)
    return {name: _interval(values, confidence) for name, values in drawn.items()}


def _measure(returns: Floats, per_year: float, risk_free: float) -> dict[str, float | None]:
    curve = np.concatenate(([1.0], np.cumprod(1.0 + returns)))
    total = total_return(curve)
    drawdowns = find_drawdowns(curve)
    return {
        "total_return": total,
        "annual_return": annual_return(total, len(returns), per_year),
        "sharpe": sharpe(returns, per_year, risk_free),
        "sortino": sortino(returns, per_year, risk_free),
        "max_drawdown": 0.0 if drawdowns is None else drawdowns.deepest,
    }


def _interval(values: list[float | None], confidence: float) -> Interval:
    """Take percentiles; a metric undefined in more than the tails would hold has no interval."""
    known = sorted(value for value in values if value is not None)
    tail = (1.0 - confidence) / 2.0
    if len(known) < (1.0 - tail) * len(values):
        return Interval(None, None)
    last = len(known) - 1
    return Interval(known[math.floor(tail * last)], known[math.ceil((1.0 - tail) * last)])
