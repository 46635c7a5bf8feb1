"""Trend following with MACD, where there is a trend to follow.

MACD crosses its signal line all the time, mostly for nothing. This strategy listens only while
ADX says that the market is going somewhere, and leaves with the opposite crossing.

Run it: ``naru backtest examples/macd_trend.py --data bars.parquet --param adx_floor=25``
"""

from naru import Strategy, param, ta


class MacdTrend(Strategy):
    """Long from a bullish MACD crossing in a trend until the bearish one."""

    fast = param(12, low=2, high=100)
    slow = param(26, low=5, high=200)
    signal = param(9, low=2, high=50)
    adx_floor = param(20.0, low=0.0, high=60.0, doc="ADX below this means no trend")

    def init(self):
        data = self.data
        self.macd = self.indicator(ta.macd, data.close, self.fast, self.slow, self.signal)
        self.adx = self.indicator(ta.adx, data.high, data.low, data.close, 14)

    def on_bar(self):
        if self.position:
            if self.macd.macd < self.macd.signal:
                self.position.close()
        elif ta.crossover(self.macd.macd, self.macd.signal) and self.adx > self.adx_floor:
            self.buy(percent=0.95)
