"""Ride until the trail is hit: an entry, and one trailing stop to manage it.

The trail is a stop order that follows the highest price since the fill at a fixed distance, here
three average ranges. It works inside the bar, so it reacts before the next close.

Run it: ``naru backtest examples/trailing_stop.py --data bars.parquet --param ranges=4``
"""

from naru import Strategy, param, ta


class TrailingStop(Strategy):
    """Buy strength, trail it by a multiple of the average range."""

    momentum = param(60, low=5, high=400)
    ranges = param(3.0, low=0.5, high=20.0, doc="trail distance in average ranges")

    def init(self):
        data = self.data
        self.growth = self.indicator(ta.roc, data.close, self.momentum)
        self.range = self.indicator(ta.atr, data.high, data.low, data.close, 20)

    def on_bar(self):
        if not self.position and not self.orders and ta.crossover(self.growth, 0):
            entry = self.buy(percent=0.95)
            self.sell(
                percent=1,
                trail=self.ranges * self.range[-1],
                parent=entry,
                reduce_only=True,
                tag="trail",
            )
