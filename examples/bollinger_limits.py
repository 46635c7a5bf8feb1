"""Mean reversion with resting limit orders on the Bollinger bands.

Instead of chasing a touch after the fact, a limit order waits at the lower band. It is moved
every day, because the band moves; once filled, a limit order waits at the middle for the exit.

Run it: ``naru backtest examples/bollinger_limits.py --data bars.parquet --param width=2.5``
"""

from naru import Strategy, param, ta


class BollingerLimits(Strategy):
    """Bid at the lower band, offer at the middle, give up after ``patience`` bars."""

    period = param(20, low=5, high=200)
    width = param(2.0, low=0.5, high=5.0)
    patience = param(20, low=1, high=500)

    def init(self):
        self.bands = self.indicator(ta.bollinger, self.data.close, self.period, self.width)
        self.age = 0

    def on_bar(self):
        for order in self.orders:
            order.cancel()
        if not self.position:
            self.age = 0
            bid = self.bands.lower[-1]
            if bid > 0:  # right after a crash, or an unadjusted split, it may not be
                self.buy(percent=0.9, limit=bid, tag="bid")
            return
        self.age += 1
        if self.age >= self.patience:
            self.position.close(tag="gave up")
        else:
            size = self.position.size
            self.sell(size=size, limit=self.bands.middle[-1], reduce_only=True, tag="offer")
