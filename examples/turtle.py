"""The turtles: breakouts sized by risk, added to while they work.

Every unit risks the same fraction of equity: the stop is two average ranges away, and ``risk=``
turns that distance into a size. Up to four units are bought, each half a range above the last.

Run it: ``naru backtest examples/turtle.py --data bars.parquet --param risk=0.01``
"""

from naru import Strategy, param, ta


class Turtle(Strategy):
    """Buy 20-bar highs in units of equal risk; leave at the 10-bar low or two ranges down."""

    entry = param(20, low=5, high=200)
    exit = param(10, low=2, high=100)
    risk = param(0.01, low=0.001, high=0.05, doc="fraction of equity that a unit may lose")
    units = param(4, low=1, high=8)

    def init(self):
        data = self.data
        self.high = self.indicator(ta.highest, data.high, self.entry)
        self.low = self.indicator(ta.lowest, data.low, self.exit)
        self.range = self.indicator(ta.atr, data.high, data.low, data.close, 20)

    def on_start(self):
        self.state.setdefault("held", 0)
        self.state.setdefault("next_price", 0.0)

    def on_bar(self):
        close = self.data.close[-1]
        if not self.position:
            self.state["held"] = 0
            if close > self.high[-2]:
                self.add(close)
        elif close < self.low[-2]:
            self.position.close()
        elif self.state["held"] < self.units and close > self.state["next_price"]:
            self.add(close)

    def add(self, close):
        """Buy one more unit with its own stop."""
        span = self.range[-1]
        self.buy(risk=self.risk, sl=close - 2 * span, tag=f"unit {self.state['held'] + 1}")
        self.state["held"] += 1
        self.state["next_price"] = close + span / 2

    def on_order(self, order):
        if order.status == "rejected":
            self.state["held"] = self.units  # no cash for more: stop adding
