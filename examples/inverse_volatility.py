"""Inverse volatility: hold everything, the calm more than the wild.

Every ``every`` bars each instrument gets a share of the account that is inverse to the deviation of
its daily returns over the last ``lookback`` bars, so that each contributes about as much risk.
A vector strategy over a table: one array of bars by instruments in, one of the same shape out.

Run it with several instruments:
``naru backtest examples/inverse_volatility.py --data A.parquet --data B.parquet``
"""

import numpy as np

from naru import param, vector


@vector(lookback=param(60, low=10, high=400), every=param(21, low=1, high=260))
def inverse_volatility(data, lookback, every):
    """Monthly: shares of 0.98 of the account, inverse to volatility."""
    close = data.table("close")
    targets = np.full_like(close, np.nan)  # NaN asks for nothing: what is held stays
    for row in range(lookback, len(close), every):
        returns = np.diff(np.log(close[row - lookback : row + 1]), axis=0)
        # An instrument that has no bar at some of the instants has no return there.
        calm = 1.0 / np.maximum(np.nanstd(returns, axis=0), 1e-6)
        targets[row] = 0.98 * calm / np.nansum(calm)
    return targets
