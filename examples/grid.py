"""A grid of resting orders around a slow average.

Below the average a ladder of bids waits; every bid that fills gets its own offer one step higher.
Grids earn the noise of a market that goes nowhere, and lose in one that leaves for good: the
ladder ends at ``levels``, and everything is sold if the price falls one more step.

Run it: ``naru backtest examples/grid.py --data bars.parquet --param step=0.02``
"""

from naru import Strategy, param, ta


class Grid(Strategy):
    """Keep ``levels`` bids below the average, each with a target one step up."""

    step = param(0.01, low=0.001, high=0.2, doc="distance between levels, a fraction of price")
    levels = param(5, low=1, high=20)
    period = param(50, low=5, high=500)

    def init(self):
        self.center = self.indicator(ta.sma, self.data.close, self.period)

    def on_start(self):
        self.state.setdefault("anchor", 0.0)  # kept across restarts, as the ladder itself is

    def on_bar(self):
        close, anchor = self.data.close[-1], self.state["anchor"]
        if self.position and close < anchor * (1 - self.step * (self.levels + 1)):
            self.clear()
            self.position.close(tag="floor")
            self.state["anchor"] = 0.0
        elif not self.position and abs(self.center[-1] / (anchor or 1) - 1) > self.step / 2:
            self.clear()
            self.lay()

    def clear(self):
        """Take all orders back."""
        for order in self.orders:
            order.cancel()

    def lay(self):
        """Lay the ladder anew around the average."""
        anchor = self.state["anchor"] = self.center[-1]
        for level in range(1, self.levels + 1):
            price = anchor * (1 - self.step * level)
            self.buy(
                percent=0.9 / self.levels,
                limit=price,
                tp=price * (1 + self.step),
                tag=f"level {level}",
            )
