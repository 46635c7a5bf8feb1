"""Memory and manners: a pause after losses, and a diary.

The state of a strategy survives restarts in ``self.state``. Here it counts losses in a row; after
``limit`` of them the strategy sits still for a while. Everything it does is logged.

Run it: ``naru backtest examples/cooldown.py --data bars.parquet --param limit=2``
"""

from naru import Strategy, param, ta


class Cooldown(Strategy):
    """Momentum entries that pause after a series of losses."""

    limit = param(3, low=1, high=20, doc="losses in a row that cause a pause")
    pause = param(20, low=1, high=500, doc="bars to sit still")

    def init(self):
        self.fast = self.indicator(ta.ema, self.data.close, 10)
        self.slow = self.indicator(ta.ema, self.data.close, 30)

    def on_start(self):
        self.state.setdefault("losses", 0)
        self.state.setdefault("rest", 0)

    def on_bar(self):
        if self.state["rest"] > 0:
            self.state["rest"] -= 1
        elif ta.crossover(self.fast, self.slow) and not self.position:
            self.buy(percent=0.95)
        if self.position and ta.crossunder(self.fast, self.slow):
            self.position.close()

    def on_fill(self, fill):
        if fill.side == "buy":
            self.log(f"bought {fill.size:.4f} at {fill.price:.2f}")
            return
        trade = self.trades[-1]
        self.log(f"sold at {fill.price:.2f}, result {trade.pnl:.2f}")
        self.state["losses"] = self.state["losses"] + 1 if trade.pnl < 0 else 0
        if self.state["losses"] >= self.limit:
            self.state["losses"] = 0
            self.state["rest"] = self.pause
            self.log(f"{self.limit} losses in a row: resting for {self.pause} bars")

    def on_stop(self):
        self.log(f"equity {self.equity:.2f} after {len(self.trades)} trades")
