"""Return and risk of an equity curve.

All functions are pure. ``equity`` holds one value a bar, in quote currency; ``returns`` holds one
fraction a bar, ``equity[t] / equity[t-1] - 1``. ``per_year`` is the number of bars in a year and
``risk_free`` a yearly rate as a fraction. What is undefined (too few values, nothing to divide by,
too large for a float) is None, never NaN and never infinite.
"""

import math

import numpy as np
from numpy.typing import NDArray

from naru.metrics.moments import Moments, deviation, moments_of, simple_returns

__all__ = [
    "annual_return",
    "calmar",
    "finite",
    "quotient",
    "risk_free_per_bar",
    "sharpe",
    "simple_returns",
    "sortino",
    "total_return",
    "volatility",
]

# A spread this small beside the values it belongs to is rounding, not risk.
_NOISE = 1e-12
# So is one that small beside 1: a return is a quotient less 1, which keeps sixteen digits of 1.
_ROUNDING = 1e-14

Floats = NDArray[np.float64]


def finite(value: float) -> float | None:
    """Return the value as a Python float, or None when it is NaN or infinite."""
    return float(value) if math.isfinite(value) else None


def quotient(above: float | None, below: float | None) -> float | None:
    """Divide; None when a part is undefined or the divisor is zero."""
    if above is None or below is None or below == 0.0:
        return None
    return finite(above / below)


def total_return(equity: Floats) -> float | None:
    """Return ``final / first - 1``."""
    if not len(equity) or equity[0] <= 0.0:
        return None
    return finite(equity[-1] / equity[0] - 1.0)


def annual_return(total: float | None, bars: int, per_year: float | None) -> float | None:
    """Return the compound annual growth rate, ``(1 + total) ** (per_year / bars) - 1``.

    ``bars`` is the number of returns that ``total`` is made of. A loss of everything is -1.
    """
    if total is None or per_year is None or bars < 1:
        return None
    if total <= -1.0:
        return -1.0
    growth = math.log1p(total) * per_year / bars
    return finite(math.expm1(growth)) if growth < 700.0 else None


def risk_free_per_bar(risk_free: float, per_year: float | None) -> float:
    """Return the rate per bar that compounds to the yearly rate."""
    if risk_free == 0.0 or not per_year or risk_free <= -1.0:
        return 0.0
    return math.expm1(math.log1p(risk_free) / per_year)


def volatility(returns: Floats | Moments, per_year: float | None) -> float | None:
    """Return the sample standard deviation of returns times the root of ``per_year``."""
    spread = deviation(_taken(returns))
    return None if spread is None or per_year is None else finite(spread * math.sqrt(per_year))


def sharpe(
    returns: Floats | Moments, per_year: float | None, risk_free: float = 0.0
) -> float | None:
    """Return the annualised Sharpe ratio: mean excess return over its sample deviation.

    ``mean(r - rf) / std(r - rf, ddof=1) * sqrt(per_year)``, Sharpe, "The Sharpe Ratio", Journal of
    Portfolio Management 21 (1994). None when returns do not vary.
    """
    moments = _taken(returns)
    spread = deviation(moments)
    if spread is None or per_year is None:
        return None
    excess = moments.mean - risk_free_per_bar(risk_free, per_year)
    if spread <= max(_NOISE * abs(excess), _ROUNDING):
        return None
    return quotient(excess * math.sqrt(per_year), spread)


def sortino(
    returns: Floats | Moments, per_year: float | None, risk_free: float = 0.0
) -> float | None:
    """Return the annualised Sortino ratio: mean excess return over the downside deviation.

    The downside deviation is ``sqrt(mean(min(r - rf, 0) ** 2))`` over *all* bars, as in Sortino and
    Price, "Performance Measurement in a Downside Risk Framework", Journal of Investing 3 (1994).
    None when no bar falls short of the risk-free rate. Moments must have been taken at that rate.
    """
    rate = risk_free_per_bar(risk_free, per_year)
    moments = _taken(returns, rate)
    if moments.count < 2 or per_year is None:
        return None
    downside = math.sqrt(moments.shortfall_squares / moments.count)
    if downside <= _ROUNDING:
        return None
    return quotient((moments.mean - rate) * math.sqrt(per_year), downside)


def _taken(returns: Floats | Moments, rate: float = 0.0) -> Moments:
    return returns if isinstance(returns, Moments) else moments_of(returns, rate=rate)


def calmar(annual: float | None, drawdown: float | None) -> float | None:
    """Return annual return over maximum drawdown; Young, Futures 20 (1991), over the whole run."""
    return quotient(annual, drawdown)
