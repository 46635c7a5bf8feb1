"""Moving averages over a window."""

from __future__ import annotations

from naru.ta.arrays import FloatArray
from naru.ta.exact_sums import MeanState, rolling_mean
from naru.ta.registry import indicator


@indicator("series", warmup=lambda period: period - 1, state=MeanState)
def sma(series: FloatArray, period: int = 20) -> FloatArray:
    """Simple moving average: the mean of the last ``period`` values.

    Windows are summed exactly (see ``naru.ta.exact_sums``), so averages that are equal on paper
    are equal here. Source: TA-Lib SMA. Warm-up: ``period - 1``.
    """
    return rolling_mean(series, period)
