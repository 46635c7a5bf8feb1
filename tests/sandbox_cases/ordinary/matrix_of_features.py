# ruff: noqa
import numpy as np

from naru import Strategy


class Features(Strategy):
    """A tiny ridge regression, refitted now and then."""

    warmup = 40

    def init(self):
        self.weights = None

    def features(self, closes):
        returns = np.diff(closes) / closes[:-1]
        return np.column_stack([returns[2:-1], returns[1:-2], returns[:-3]]), returns[3:]

    def on_bar(self):
        if self.weights is None or len(self.data) % 10 == 0:
            x, y = self.features(self.data.close[-40:])
            gram = x.T @ x + 1e-6 * np.eye(x.shape[1])
            self.weights = np.linalg.solve(gram, x.T @ y)
        closes = self.data.close[-4:]
        latest = (np.diff(closes) / closes[:-1])[::-1]
        forecast = float(latest @ self.weights)
        self.target(percent=float(np.clip(forecast * 1e3, 0, 0.5)))
