"""A strategy beside a benchmark."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from naru.metrics.performance import finite, quotient, risk_free_per_bar, sum_of_squares

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The joint moments of a strategy's returns ``r`` and a benchmark's ``b``, over the same bars.

    Made by ``compare``. Sums of squares and products are of offsets from the means.
    """

    count: int
    mean: float
    benchmark_mean: float
    squares: float
    benchmark_squares: float
    products: float
    difference_squares: float

    def beta(self) -> float | None:
        """Return ``cov(r, b) / var(b)``: Sharpe, Journal of Finance 19 (1964)."""
        return quotient(self.products, self.benchmark_squares) if self.count > 1 else None

    def alpha(self, per_year: float | None, risk_free: float = 0.0) -> float | None:
        """Return Jensen's alpha a year, ``(mean(r - rf) - beta * mean(b - rf)) * per_year``.

        Jensen, Journal of Finance 23 (1968). Annualised by multiplication, as the intercept of a
        regression is, not compounded.
        """
        slope = self.beta()
        if slope is None or per_year is None:
            return None
        rate = risk_free_per_bar(risk_free, per_year)
        return finite(((self.mean - rate) - slope * (self.benchmark_mean - rate)) * per_year)

    def correlation(self) -> float | None:
        """Return Pearson's correlation; None when one of the two does not vary."""
        if self.count < 2:
            return None
        return quotient(self.products, math.sqrt(self.squares) * math.sqrt(self.benchmark_squares))

    def tracking_error(self, per_year: float | None) -> float | None:
        """Return the annualised sample deviation of ``r - b``."""
        if self.count < 2 or per_year is None:
            return None
        return finite(math.sqrt(self.difference_squares / (self.count - 1) * per_year))

    def information_ratio(self, per_year: float | None) -> float | None:
        """Return ``mean(r - b) / std(r - b, ddof=1) * sqrt(per_year)``.

        Grinold and Kahn, "Active Portfolio Management" (2nd ed. 2000), chapter 5, annualised.
        """
        error = self.tracking_error(per_year)
        if error is None or per_year is None:
            return None
        return quotient((self.mean - self.benchmark_mean) * per_year, error)


def compare(returns: Floats, benchmark: Floats) -> Comparison:
    """Take the moments of two series of returns of one length."""
    if len(returns) != len(benchmark):
        raise ValueError("the two series of returns differ in length")
    if not len(returns):
        return Comparison(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    mean, benchmark_mean = float(returns.mean()), float(benchmark.mean())
    offsets, benchmark_offsets = returns - mean, benchmark - benchmark_mean
    products = offsets * benchmark_offsets
    product_sum = float(products.sum())
    np.subtract(offsets, benchmark_offsets, out=products)
    return Comparison(
        len(returns),
        mean,
        benchmark_mean,
        sum_of_squares(offsets),
        sum_of_squares(benchmark_offsets),
        product_sum,
        sum_of_squares(products),
    )
