"""The moving-average cross in one expression.

The vector style returns, for every bar, the position to hold as a fraction of equity. It is the
quickest to run and the quickest to search: a sweep of hundreds of parameter pairs is a matter of
a second. Unlike the event style it follows the averages' *state*, not their crossings.

Run it: ``naru backtest examples/sma_cross_vector.py --data bars.parquet``
"""

from naru import ta, vector


@vector(fast=20, slow=50)
def sma_cross(data, fast, slow):
    """Target position as a fraction of equity for each bar, decided at that bar's close."""
    return (ta.sma(data.close, fast) > ta.sma(data.close, slow)) * 0.95
