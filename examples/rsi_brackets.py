"""Mean reversion with RSI, and a bracket around every entry.

A sharp fall within a rising market tends to be bought. The entry carries its own exits: a stop
loss and a take profit, each a multiple of the average range away. They are alive from the fill
on and exclude each other, so the strategy itself only has to find entries.

Run it: ``naru backtest examples/rsi_brackets.py --data bars.parquet --param oversold=25``
"""

from naru import Strategy, param, ta


class RsiBrackets(Strategy):
    """Buy oversold bars above the long average; leave by stop or target."""

    period = param(5, low=2, high=50)
    oversold = param(30.0, low=5.0, high=50.0)
    stop_ranges = param(2.0, low=0.5, high=10.0, doc="stop distance in average ranges")
    target_ranges = param(3.0, low=0.5, high=20.0, doc="target distance in average ranges")

    def init(self):
        data = self.data
        self.rsi = self.indicator(ta.rsi, data.close, self.period)
        self.trend = self.indicator(ta.sma, data.close, 200)
        self.range = self.indicator(ta.atr, data.high, data.low, data.close, 14)

    def on_bar(self):
        close = self.data.close[-1]
        if self.position or self.rsi > self.oversold or self.trend > close:
            return
        span = self.range[-1]
        self.buy(
            percent=0.95,
            sl=close - self.stop_ranges * span,
            tp=close + self.target_ranges * span,
        )
