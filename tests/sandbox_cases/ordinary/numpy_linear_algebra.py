"""Minimum variance weights of two instruments, from the covariance of their returns."""
import numpy as np

from naru import Strategy


class MinimumVariance(Strategy):
    lookback = 60

    def init(self):
        self.symbols = ["BTC-USD", "ETH-USD"]

    def on_bar(self):
        if len(self.data["BTC-USD"]) < self.lookback + 1 or len(self.data["BTC-USD"]) % 20:
            return
        prices = np.vstack([self.data[s].close[-self.lookback - 1:] for s in self.symbols])
        returns = np.diff(prices, axis=1) / prices[:, :-1]
        cov = np.cov(returns) + np.eye(2) * 1e-10
        ones = np.ones(2)
        raw = np.linalg.solve(cov, ones)
        weights = np.clip(raw / raw.sum(), 0.0, 1.0)
        corr = np.corrcoef(returns)[0, 1]
        eigenvalues = np.linalg.eigvalsh(cov)
        self.log(f"{corr=:.3f} {np.linalg.det(cov):.3e} {eigenvalues.min():.2e}")
        for symbol, weight in zip(self.symbols, weights, strict=True):
            self.target(percent=float(weight) * 0.9, symbol=symbol)
