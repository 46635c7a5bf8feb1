"""A strategy beside a benchmark."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from naru.metrics.moments import Moments, moments_of
from naru.metrics.performance import finite, quotient, risk_free_per_bar

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the joint moments of a strategy's returns ``r`` and a benchmark's ``b`` tell."""

    moments: Moments

    def beta(self) -> float | None:
        """Return ``cov(r, b) / var(b)``: Sharpe, Journal of Finance 19 (1964)."""
        sums = self.moments
        return quotient(sums.products, sums.benchmark_squares) if sums.count > 1 else None

    def alpha(self, per_year: float | None, risk_free: float = 0.0) -> float | None:
        """Return Jensen's alpha a year, ``(mean(r - rf) - beta * mean(b - rf)) * per_year``.

        Jensen, Journal of Finance 23 (1968). Annualised by multiplication, as the intercept of a
        regression is, not compounded.
        """
        sums = self.moments
        slope = self.beta()
        if slope is None or per_year is None:
            return None
        rate = risk_free_per_bar(risk_free, per_year)
        return finite(((sums.mean - rate) - slope * (sums.benchmark_mean - rate)) * per_year)

    def correlation(self) -> float | None:
        """Return Pearson's correlation; None when one of the two does not vary."""
        sums = self.moments
        if sums.count < 2:
            return None
        return quotient(sums.products, math.sqrt(sums.squares) * math.sqrt(sums.benchmark_squares))

    def tracking_error(self, per_year: float | None) -> float | None:
        """Return the annualised sample deviation of ``r - b``."""
        sums = self.moments
        if sums.count < 2 or per_year is None:
            return None
        return finite(math.sqrt(sums.difference_squares / (sums.count - 1) * per_year))

    def information_ratio(self, per_year: float | None) -> float | None:
        """Return ``mean(r - b) / std(r - b, ddof=1) * sqrt(per_year)``.

        Grinold and Kahn, "Active Portfolio Management" (2nd ed. 2000), chapter 5, annualised.
        """
        sums = self.moments
        error = self.tracking_error(per_year)
        if error is None or per_year is None:
            return None
        return quotient((sums.mean - sums.benchmark_mean) * per_year, error)


def compare(returns: Floats, benchmark: Floats) -> Comparison:
    """Compare two series of returns of one length."""
    return Comparison(moments_of(returns, benchmark))
