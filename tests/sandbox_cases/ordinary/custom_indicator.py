# ruff: noqa
import numpy as np

from naru import Strategy


def hull(values, period=9):
    if len(values) < period:
        return np.nan
    weights = np.arange(1, period + 1)
    return np.dot(values[-period:], weights) / weights.sum()


class CustomIndicator(Strategy):
    def init(self):
        self.hull = self.indicator(hull, self.data.close, lookback=9)

    def on_bar(self):
        if self.data.close[-1] > self.hull[-1]:
            self.target(percent=0.4)
