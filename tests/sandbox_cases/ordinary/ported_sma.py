# ruff: noqa
from naru.compat.backtesting import Strategy, crossover


def SMA(values, n):
    import numpy as np

    values = np.asarray(values)
    out = np.full(len(values), np.nan)
    for i in range(n - 1, len(values)):
        out[i] = values[i - n + 1 : i + 1].mean()
    return out


class SmaCross(Strategy):
    n1 = 5
    n2 = 15

    def init(self):
        close = self.data.Close
        self.sma1 = self.I(SMA, close, self.n1)
        self.sma2 = self.I(SMA, close, self.n2)

    def next(self):
        if crossover(self.sma1, self.sma2):
            self.position.close()
            self.buy()
        elif crossover(self.sma2, self.sma1):
            self.position.close()
            self.sell()
