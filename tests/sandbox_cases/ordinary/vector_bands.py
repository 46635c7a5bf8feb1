# ruff: noqa
import numpy as np

from naru import ta, vector


@vector(period=20, width=2.0)
def vector_bands(data, period, width):
    upper, middle, lower = ta.bollinger(data.close, period, width)
    position = np.full(len(data.close), np.nan)
    position[data.close < lower] = 0.9
    position[data.close > middle] = 0.0
    return position
