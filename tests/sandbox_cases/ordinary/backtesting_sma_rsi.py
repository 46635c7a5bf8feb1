"""A Backtesting.py class with its import line changed."""
import numpy as np
from naru.compat.backtesting import Strategy, crossover


def SMA(values, n):
    values = np.asarray(values, dtype=float)
    out = np.full(len(values), np.nan)
    if len(values) >= n:
        c = np.cumsum(np.insert(values, 0, 0.0))
        out[n - 1:] = (c[n:] - c[:-n]) / n
    return out


def ROC(values, n):
    values = np.asarray(values, dtype=float)
    out = np.full_like(values, np.nan)
    out[n:] = values[n:] / values[:-n] - 1
    return out


class SmaRoc(Strategy):
    n1 = 10
    n2 = 25
    stop = 0.03

    def init(self):
        price = self.data.Close
        self.sma1 = self.I(SMA, price, self.n1, name="fast")
        self.sma2 = self.I(SMA, price, self.n2, name="slow", overlay=True)
        self.roc = self.I(ROC, price, 5)

    def next(self):
        price = self.data.Close[-1]
        if crossover(self.sma1, self.sma2) and self.roc[-1] > 0:
            self.position.close()
            self.buy(size=0.5, sl=price * (1 - self.stop), tp=price * (1 + 2 * self.stop))
        elif crossover(self.sma2, self.sma1):
            self.position.close()
