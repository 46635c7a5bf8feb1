"""Trend following with two moving averages.

The classic first strategy: be in the market while the fast average of the close is above the
slow one, out of it otherwise. It earns in long trends and pays for every sideways month.

Run it: ``naru backtest examples/sma_cross.py --data bars.parquet --param fast=10``
"""

from naru import Strategy, param, ta


class SmaCross(Strategy):
    """Long while the fast average is above the slow one."""

    fast = param(20, low=2, high=200)
    slow = param(50, low=5, high=400)

    def init(self):
        self.fast_ma = self.indicator(ta.sma, self.data.close, self.fast)
        self.slow_ma = self.indicator(ta.sma, self.data.close, self.slow)

    def on_bar(self):
        if ta.crossover(self.fast_ma, self.slow_ma):
            self.buy(percent=0.95)
        elif ta.crossover(self.slow_ma, self.fast_ma):
            self.position.close()
