# ruff: noqa
import math

from naru import Strategy, param

MINUTES_PER_YEAR = 365 * 24 * 60


class VolatilityTarget(Strategy):
    target_volatility = param(0.2, low=0.01, high=2.0)
    warmup = 30

    def on_bar(self):
        closes = self.data.close[-30:]
        returns = [math.log(b / a) for a, b in zip(closes, closes[1:])]
        variance = sum(r * r for r in returns) / len(returns)
        if (volatility := math.sqrt(variance * MINUTES_PER_YEAR)) > 0:
            self.target(percent=min(self.target_volatility / volatility, 0.9))
