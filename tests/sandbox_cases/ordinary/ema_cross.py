# ruff: noqa
"""Exponential averages, the way most tutorials begin."""

from naru import Strategy, param, ta


class EmaCross(Strategy):
    fast = param(5, low=2, high=50)
    slow = param(12, low=5, high=200)

    def init(self):
        self.ema_fast = self.indicator(ta.ema, self.data.close, self.fast)
        self.ema_slow = self.indicator(ta.ema, self.data.close, self.slow)

    def on_bar(self):
        if ta.crossover(self.ema_fast, self.ema_slow):
            self.position.close()
            self.buy(percent=0.9)
        elif ta.crossover(self.ema_slow, self.ema_fast):
            self.position.close()
