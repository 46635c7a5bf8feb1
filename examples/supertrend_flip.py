"""Always in the market: long while Supertrend points up, short while it points down.

A turn of the trend turns the position with one order, ``target``. Short selling has to be allowed
and its costs set (``borrow_bps``) for the result to mean anything.

Run it: ``naru backtest examples/supertrend_flip.py --data bars.parquet --param width=4``
"""

from naru import Strategy, param, ta


class SupertrendFlip(Strategy):
    """Follow Supertrend on both sides."""

    period = param(10, low=2, high=100)
    width = param(3.0, low=0.5, high=10.0)
    weight = param(0.9, low=0.1, high=1.0)

    def init(self):
        data = self.data
        self.trend = self.indicator(
            ta.supertrend, data.high, data.low, data.close, self.period, self.width
        )

    def on_bar(self):
        direction = self.trend.direction[-1]
        if not self.position or direction != self.trend.direction[-2]:
            self.target(percent=direction * self.weight)
