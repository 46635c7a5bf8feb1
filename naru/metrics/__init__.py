"""What a run was worth: metrics of its equity, its trades and its activity."""

from naru.metrics.bootstrap import Interval, confidence_intervals
from naru.metrics.calendar import MonthlyReturn, bars_per_year, monthly_returns
from naru.metrics.curve import Curve, measured_curve
from naru.metrics.measure import Metrics, compute, trade_columns

__all__ = [
    "Curve",
    "Interval",
    "Metrics",
    "MonthlyReturn",
    "bars_per_year",
    "compute",
    "confidence_intervals",
    "measured_curve",
    "monthly_returns",
    "trade_columns",
]
