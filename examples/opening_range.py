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

    def on_start(self):
        # The fence, and the bars since the open: none before the first.
        for name, value in {"high": 0.0, "low": 0.0, "seen": 10_000}.items():
            self.state.setdefault(name, value)

    def begin(self):
        """Start a new day with its first bar."""
        self.state.update(high=self.data.high[-1], low=self.data.low[-1], seen=0)

    def finish(self):
        """Go home flat."""
        self.state["seen"] = 10_000
        for order in self.orders:
            order.cancel()
        if self.position:
            self.position.close()

    def on_bar(self):
        today = self.state
        today["seen"] += 1
        if today["seen"] <= self.minutes:
            today["high"] = max(today["high"], self.data.high[-1])
            today["low"] = min(today["low"], self.data.low[-1])
        elif today["seen"] < 10_000:
            self.follow(self.data.close[-1])

    def follow(self, close):
        """Trade the first break of the range."""
        high, low = self.state["high"], self.state["low"]
        if close > high:
            self.buy(percent=0.9, sl=low)
        elif close < low:
            self.sell(percent=0.9, sl=high)
        else:
            return
        self.state["seen"] = 10_000  # one trade a day
