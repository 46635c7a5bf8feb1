"""A strategy beside a benchmark. Both return series cover the same bars."""

import math

import numpy as np
from numpy.typing import NDArray

from naru.metrics.performance import deviation, finite, quotient, risk_free_per_bar

Floats = NDArray[np.float64]


def beta(returns: Floats, benchmark: Floats) -> float | None:
    """Return ``cov(r, b) / var(b)``: Sharpe, Journal of Finance 19 (1964). None when b is still."""
    if len(returns) < 2:
        return None
    offset = benchmark - benchmark.mean()
    return quotient(float(offset @ (returns - returns.mean())), float(offset @ offset))


def alpha(
    returns: Floats, benchmark: Floats, per_year: float | None, risk_free: float = 0.0
) -> float | None:
    """Return Jensen's alpha a year, ``(mean(r - rf) - beta * mean(b - rf)) * per_year``.

    Jensen, Journal of Finance 23 (1968). Annualised by multiplication, as regressions are, not
    compounded.
    """
    slope = beta(returns, benchmark)
    if slope is None or per_year is None:
        return None
    rate = risk_free_per_bar(risk_free, per_year)
    excess, market = float(returns.mean()) - rate, float(benchmark.mean()) - rate
    return finite((excess - slope * market) * per_year)


def tracking_error(returns: Floats, benchmark: Floats, per_year: float | None) -> float | None:
    """Return the annualised sample deviation of ``r - b``."""
    spread = deviation(returns - benchmark)
    return None if spread is None or per_year is None else finite(spread * math.sqrt(per_year))


def information_ratio(returns: Floats, benchmark: Floats, per_year: float | None) -> float | None:
    """Return ``mean(r - b) / std(r - b, ddof=1) * sqrt(per_year)``.

    Grinold and Kahn, "Active Portfolio Management" (2nd ed. 2000), chapter 5, annualised.
    """
    if per_year is None or len(returns) < 2:
        return None
    error = tracking_error(returns, benchmark, per_year)
    return quotient(float((returns - benchmark).mean()) * per_year, error)


def correlation(returns: Floats, benchmark: Floats) -> float | None:
    """Return Pearson's correlation; None when one of the two does not vary."""
    if len(returns) < 2:
        return None
    first, second = returns - returns.mean(), benchmark - benchmark.mean()
    scale = math.sqrt(float(first @ first)) * math.sqrt(float(second @ second))
    return quotient(float(first @ second), scale)
