"""Bracket management: two targets, and a stop that moves to break-even.

Half of the position leaves at the first target. When that happens the stop of the rest is moved
to the entry price, so that a trade that worked cannot turn into a loss any more.

Run it: ``naru backtest examples/scale_out.py --data bars.parquet --param first=1.5``
"""

from naru import Strategy, param, ta


class ScaleOut(Strategy):
    """Enter on a bullish engulfing bar in an uptrend; leave in two halves."""

    first = param(1.0, low=0.2, high=10.0, doc="first target in average ranges")
    second = param(3.0, low=0.5, high=20.0)
    stop = param(2.0, low=0.2, high=10.0)

    def init(self):
        data = self.data
        prices = data.open, data.high, data.low, data.close
        self.engulfing = self.indicator(ta.engulfing, *prices)
        self.trend = self.indicator(ta.sma, data.close, 50)
        self.range = self.indicator(ta.atr, *prices[1:], 14)

    def on_bar(self):
        close = self.data.close[-1]
        if not self.position and self.engulfing > 0 and self.trend < close:
            self.buy(percent=0.9, tag="entry")

    def on_fill(self, fill):
        if fill.tag == "entry":
            self.protect(fill.size, fill.price)
        elif fill.tag == "half" and self.position:
            self.tighten()

    def protect(self, size, price):
        """Place the stop and both targets around a new position."""
        span = self.range[-1]
        self.sell(size=size, stop=price - self.stop * span, reduce_only=True, tag="stop")
        self.sell(size=size / 2, limit=price + self.first * span, reduce_only=True, tag="half")
        self.sell(size=size / 2, limit=price + self.second * span, reduce_only=True, tag="rest")

    def tighten(self):
        """Move the stop to the entry price."""
        for order in self.orders:
            if order.tag == "stop":
                order.cancel()
        self.sell(
            size=self.position.size, stop=self.position.avg_price, reduce_only=True, tag="stop"
        )

    def on_order(self, order):
        if order.tag in ("stop", "rest") and not self.position:
            for other in self.orders:
                other.cancel()
