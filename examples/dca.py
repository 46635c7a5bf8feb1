"""Cost averaging: buy for the same amount every month, more when it is cheap.

The plainest of all plans, with one twist: in a drawdown the instalment grows in proportion. It
never sells. Compare its report with buy and hold before you trust any other strategy here.

Run it: ``naru backtest examples/dca.py --data bars.parquet --param amount=200``
"""

from naru import Strategy, param, ta


class CostAveraging(Strategy):
    """Buy for a fixed amount at the first bar of each month."""

    amount = param(100.0, low=1.0, high=100_000.0, doc="quote currency a month")
    boost = param(2.0, low=0.0, high=10.0, doc="how much a drawdown adds: 0.5 * boost at -50 %")

    def init(self):
        self.peak = self.indicator(ta.highest, self.data.close, 250)

    def on_start(self):
        self.state.setdefault("month", 0)  # kept across restarts, or a month would be paid twice

    def on_bar(self):
        if self.now.month == self.state["month"]:
            return
        self.state["month"] = self.now.month
        drawdown = 1 - self.data.close[-1] / self.peak[-1]
        instalment = self.amount * (1 + self.boost * drawdown)
        if instalment <= self.cash:
            self.buy(value=instalment)
