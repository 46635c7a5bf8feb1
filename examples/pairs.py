"""Pairs: two instruments that move together, and the spread between them.

A rolling regression says how many units of the second match one of the first. When the spread is
stretched by two standard errors it is sold: short the dear one, long the cheap one. Both legs are
closed when the spread is back.

Run it with two instruments:
``naru backtest examples/pairs.py --data SPY.parquet --data IWM.parquet``
"""

from naru import Strategy, param, ta


class Pairs(Strategy):
    """Trade the stretched spread of the first instrument against the second."""

    window = param(60, low=10, high=500)
    entry = param(2.0, low=0.5, high=5.0, doc="standard errors at which the spread is traded")
    exit = param(0.5, low=0.0, high=3.0)
    weight = param(0.45, low=0.05, high=0.5, doc="fraction of equity per leg")

    def init(self):
        first, second = self.data.symbols[:2]
        self.first, self.second = first, second
        # Two instruments may lack each other's bars, so the line is fed with what is known.
        self.line = ta.incremental(ta.regression, self.window)
        for closes in self.state.setdefault("closes", []):  # kept across restarts
            self.line.update(*closes)

    def on_bar(self):
        closes = [self.data[self.first].close[-1], self.data[self.second].close[-1]]
        self.state["closes"] = [*self.state["closes"], closes][-self.window :]
        line = self.line.update(*closes)
        if not line.error > 0:  # warm-up, or a perfect fit
            return
        stretch = line.residual / line.error
        self.plot("stretch", stretch)
        held = self.positions[self.first]
        if held:
            if abs(stretch) < self.exit or (stretch < 0) == held.is_short:
                self.go(0)
        elif line.slope > 0 and abs(stretch) > self.entry:
            self.go(-1 if stretch > 0 else 1)

    def go(self, side):
        """Hold the first leg on this side and the second on the other; 0 closes both."""
        self.target(percent=side * self.weight, symbol=self.first)
        self.target(percent=-side * self.weight, symbol=self.second)
