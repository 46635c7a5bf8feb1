import numpy as np
from naru import vector


@vector(confirm=2)
def heikin(data, confirm):
    close = (data.open + data.high + data.low + data.close) / 4
    opened = np.empty_like(close)
    opened[0] = (data.open[0] + data.close[0]) / 2
    for i in range(1, len(close)):
        opened[i] = (opened[i - 1] + close[i - 1]) / 2
    green = close > opened
    runs = np.ones(len(green), dtype=bool)
    for k in range(confirm):
        runs[k:] &= green[: len(green) - k]
        runs[:k] = False
    return np.where(runs, 0.8, 0.0)
