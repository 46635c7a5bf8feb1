# ruff: noqa
import numpy as np
from numpy.linalg import norm

from naru import Strategy


class Slope(Strategy):
    warmup = 15

    def on_bar(self):
        y = self.data.close[-15:]
        x = np.arange(len(y), dtype=np.float64)
        slope, intercept = np.polyfit(x, y, 1)
        residual = norm(y - (slope * x + intercept))
        self.plot("residual", float(residual))
        if slope > 0 and self.position.size == 0:
            self.buy(value=1_000)
