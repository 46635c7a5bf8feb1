"""Metrics over a moving window, one value a bar; NaN where they are undefined."""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Variances below this share of the whole series' are what running sums leave behind.
_NOISE = 1e-10


def rolling_volatility(returns: Floats, window: int, per_year: float) -> Floats:
    """Return the annualised sample deviation of each ``window`` returns ending at that bar."""
    _, variance = _moments(returns, window)
    return np.sqrt(variance * per_year)


def rolling_sharpe(returns: Floats, window: int, per_year: float) -> Floats:
    """Return the annualised Sharpe ratio (zero risk-free rate) of each ``window`` returns."""
    mean, variance = _moments(returns, window)
    out = np.full(len(returns), math.nan)
    varies = variance > _NOISE * _whole_variance(returns)
    np.divide(mean * math.sqrt(per_year), np.sqrt(variance), out=out, where=varies)
    return out


def rolling_beta(returns: Floats, benchmark: Floats, window: int) -> Floats:
    """Return ``cov(r, b) / var(b)`` of each ``window`` returns."""
    _, variance = _moments(benchmark, window)
    first, second = returns - returns.mean(), benchmark - benchmark.mean()
    sums = [_window_sums(values, window) for values in (first * second, first, second)]
    covariance = (sums[0] - sums[1] * sums[2] / window) / (window - 1)
    out = np.full(len(returns), math.nan)
    varies = variance > _NOISE * _whole_variance(benchmark)
    np.divide(covariance, variance, out=out, where=varies)
    return out


def _moments(values: Floats, window: int) -> tuple[Floats, Floats]:
    """Return mean and sample variance of each window.

    Sums run over values less their overall mean, so that nearly equal squares do not cancel.
    """
    if window < 2:
        raise ValueError("a window has at least two returns")
    centre = float(values.mean()) if len(values) else 0.0
    offsets = values - centre
    total, squares = _window_sums(offsets, window), _window_sums(offsets * offsets, window)
    variance = np.maximum(squares - total * total / window, 0.0) / (window - 1)
    return total / window + centre, variance


def _window_sums(values: Floats, window: int) -> Floats:
    out = np.full(len(values), math.nan)
    if len(values) >= window:
        sums = np.concatenate(([0.0], np.cumsum(values)))
        out[window - 1 :] = sums[window:] - sums[:-window]
    return out


def _whole_variance(values: Floats) -> float:
    return float(values.var()) if len(values) else 0.0
