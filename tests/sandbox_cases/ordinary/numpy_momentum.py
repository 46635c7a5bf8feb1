# ruff: noqa
import numpy as np

from naru import Strategy, param


class NumpyMomentum(Strategy):
    lookback = param(10, low=2, high=100)
    warmup = 20

    def on_bar(self):
        closes = np.asarray(self.data.close[-self.lookback :])
        returns = np.diff(np.log(closes))
        score = returns.mean() / (returns.std(ddof=1) + 1e-12)
        weight = float(np.clip(score, 0.0, 1.0))
        if abs(weight - self.state.get("weight", 0.0)) > 0.1:
            self.target(percent=weight)
            self.state["weight"] = weight
