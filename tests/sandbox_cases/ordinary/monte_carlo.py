# ruff: noqa
import numpy as np

from naru import Strategy


class MonteCarlo(Strategy):
    warmup = 10

    def init(self):
        self.rng = np.random.default_rng(seed=1)

    def on_bar(self):
        if len(self.data) % 10:
            return
        returns = np.diff(self.data.close[-10:]) / self.data.close[-10:-1]
        paths = self.rng.choice(returns, size=(50, 5)).sum(axis=1)
        if np.percentile(paths, 25) > 0:
            self.buy(0.2)
