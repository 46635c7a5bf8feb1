"""Day trading the opening range, flat every night.

The high and the low of the first half hour are the day's fence. A break of it is followed in its
direction with the other side as stop; shortly before the close everything is closed.

Run it on minute bars, and say when the venue's day begins and ends (in UTC without a zone):
``naru backtest examples/opening_range.py --data SPY_1m.parquet``
with ``--option "session=09:30-16:00 America/New_York"``
"""

from naru import Strategy, param


class OpeningRange(Strategy):
    """Follow the break of the first ``minutes`` bars, once a day, until just before the close."""

    minutes = param(30, low=5, high=120)

    def init(self):
        self.every("at_open", self.begin)
        self.every("before_close:5m", self.finish)
        self.high = self.low = 0.0
        self.seen = 10_000  # bars since the open; none before the first

    def begin(self):
        """Start a new day with its first bar."""
        self.high, self.low = self.data.high[-1], self.data.low[-1]
        self.seen = 0

    def finish(self):
        """Go home flat."""
        self.seen = 10_000
        for order in self.orders:
            order.cancel()
        if self.position:
            self.position.close()

    def on_bar(self):
        self.seen += 1
        if self.seen <= self.minutes:
            self.high = max(self.high, self.data.high[-1])
            self.low = min(self.low, self.data.low[-1])
        elif self.seen < 10_000:
            self.follow(self.data.close[-1])

    def follow(self, close):
        """Trade the first break of the range."""
        if close > self.high:
            self.buy(percent=0.9, sl=self.low)
        elif close < self.low:
            self.sell(percent=0.9, sl=self.high)
        else:
            return
        self.seen = 10_000  # one trade a day
