"""Volatility targeting: hold less when the market shakes, more when it is calm.

The position is ``target / volatility`` of equity, capped at one. It is adjusted only when it has
drifted by more than ``band``, because every adjustment costs.

Run it: ``naru backtest examples/vol_target.py --data bars.parquet --param goal=0.15``
"""

from naru import Strategy, param, ta


class VolTarget(Strategy):
    """Keep the account's yearly volatility near the target."""

    goal = param(0.10, low=0.01, high=1.0, doc="yearly volatility wanted, a fraction")
    period = param(20, low=5, high=250)
    band = param(0.10, low=0.0, high=1.0, doc="drift of the weight that is let pass")

    def init(self):
        self.volatility = self.indicator(ta.historical_volatility, self.data.close, self.period)

    def on_bar(self):
        volatility = self.volatility[-1]
        wanted = min(self.goal / volatility, 0.98) if volatility > 0 else 0.98
        held = self.position.value / self.equity
        self.plot("weight", wanted)
        if abs(wanted - held) > self.band:
            self.target(percent=wanted)
