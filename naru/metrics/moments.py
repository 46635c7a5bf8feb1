"""Sums over returns, taken block by block: one way through memory, whatever is asked of them.

Arrays as long as a run are slow to make, so returns exist only for a block at a time. Blocks are
joined by the update of Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for
Computing Sample Variances" (1979), which loses nothing to cancellation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BLOCK = 8_192


@dataclass(frozen=True, slots=True)
class Moments:
    """Of returns ``r``, and of a benchmark's ``b`` over the same bars.

    squares, benchmark_squares, products, difference_squares   sums over offsets from the means
    shortfall_squares   sum of ``min(r - rate, 0) ** 2``
    """

    count: int
    mean: float
    benchmark_mean: float
    squares: float
    benchmark_squares: float
    products: float
    difference_squares: float
    shortfall_squares: float


_NOTHING = Moments(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def moments_of(returns: Floats, benchmark: Floats | None = None, rate: float = 0.0) -> Moments:
    """Take the moments of returns; without a benchmark those of it are the returns' own."""
    return _moments(returns, benchmark, rate, _slices)


def moments_of_curve(equity: Floats, benchmark: Floats | None, rate: float) -> Moments:
    """Take the moments of the returns of a curve of values, as ``simple_returns`` defines them."""
    return _moments(equity, benchmark, rate, _returns)


def simple_returns(equity: Floats) -> Floats:
    """Return ``equity[t] / equity[t-1] - 1``; once equity is zero or less, returns are zero."""
    before = equity[:-1]
    if (before > 0.0).all():
        return equity[1:] / before - 1.0
    alive = np.logical_and.accumulate(before > 0.0)
    returns = np.zeros(len(before))
    np.divide(equity[1:], before, out=returns, where=alive)
    returns[alive] -= 1.0
    return returns


def _slices(values: Floats) -> Iterator[Floats]:
    for start in range(0, len(values), BLOCK):
        yield values[start : start + BLOCK]


def _returns(values: Floats) -> Iterator[Floats]:
    """Give simple returns by blocks."""
    if len(values) > 1 and values[:-1].min() <= 0.0:
        yield from _slices(simple_returns(values))
        return
    for start in range(0, len(values) - 1, BLOCK):
        stop = min(start + BLOCK, len(values) - 1)
        returns = values[start + 1 : stop + 1] / values[start:stop]
        returns -= 1.0
        yield returns


def _moments(
    values: Floats, benchmark: Floats | None, rate: float,
    read: Callable[[Floats], Iterator[Floats]],
) -> Moments:  # fmt: skip
    if benchmark is not None and len(values) != len(benchmark):
        raise ValueError("the two series of returns differ in length")
    total = _NOTHING
    blocks = read(values)
    others = blocks if benchmark is None else read(benchmark)
    for block in blocks:
        other = block if benchmark is None else next(others)
        total = _joined(total, _of_block(block, other, rate))
    return total


def _of_block(returns: Floats, benchmark: Floats, rate: float) -> Moments:
    mean, benchmark_mean = float(returns.mean()), float(benchmark.mean())
    shortfall = np.minimum(returns, rate)
    if rate != 0.0:
        shortfall -= rate
    offsets, benchmark_offsets = returns - mean, benchmark - benchmark_mean
    products = offsets * benchmark_offsets
    product_sum = float(products.sum())
    np.subtract(offsets, benchmark_offsets, out=products)
    return Moments(
        len(returns),
        mean,
        benchmark_mean,
        sum_of_squares(offsets),
        sum_of_squares(benchmark_offsets),
        product_sum,
        sum_of_squares(products),
        sum_of_squares(shortfall),
    )


def _joined(first: Moments, second: Moments) -> Moments:
    if not first.count:
        return second
    count = first.count + second.count
    weight, share = first.count * second.count / count, second.count / count
    step = second.mean - first.mean
    benchmark_step = second.benchmark_mean - first.benchmark_mean
    return Moments(
        count,
        first.mean + step * share,
        first.benchmark_mean + benchmark_step * share,
        first.squares + second.squares + step * step * weight,
        first.benchmark_squares + second.benchmark_squares + benchmark_step**2 * weight,
        first.products + second.products + step * benchmark_step * weight,
        first.difference_squares
        + second.difference_squares
        + (step - benchmark_step) ** 2 * weight,
        first.shortfall_squares + second.shortfall_squares,
    )


def sum_of_squares(values: Floats) -> float:
    """Return the sum of squares, the values being overwritten.

    NumPy's pairwise sum adds in one order everywhere; the dot product's order, and with it the
    last digits, would depend on the processor.
    """
    np.multiply(values, values, out=values)
    return float(values.sum())


def deviation(moments: Moments) -> float | None:
    """Return the sample standard deviation (``n - 1``) of one bar's return."""
    if moments.count < 2:
        return None
    spread = math.sqrt(moments.squares / (moments.count - 1))
    return spread if math.isfinite(spread) else None
