"""The squeeze: quiet first, then a move.

While the Bollinger bands lie inside the Keltner channel the market is coiled. When they come out
again the strategy goes the way that momentum points, long or short, until momentum turns.

Run it: ``naru backtest examples/keltner_squeeze.py --data bars.parquet``
"""

from naru import Strategy, param, ta


class KeltnerSqueeze(Strategy):
    """Trade the release of a volatility squeeze in the direction of momentum."""

    period = param(20, low=5, high=100)
    width = param(1.5, low=0.5, high=4.0, doc="Keltner width in average ranges")

    def init(self):
        data = self.data
        self.bands = self.indicator(ta.bollinger, data.close, self.period, 2)
        self.channel = self.indicator(
            ta.keltner, data.high, data.low, data.close, self.period, self.width, self.period
        )
        self.slope = self.indicator(ta.linreg_slope, data.close, self.period)

    def on_bar(self):
        slope = self.slope[-1]
        if self.position:
            if (slope > 0) != self.position.is_long:
                self.position.close()
        elif self.squeezed(-2) and not self.squeezed(-1):
            if slope > 0:
                self.buy(percent=0.9)
            elif slope < 0:
                self.sell(percent=0.9)

    def squeezed(self, bar):
        """Tell whether the bands lay inside the channel."""
        inside = self.bands.upper[bar] < self.channel.upper[bar]
        return inside and self.bands.lower[bar] > self.channel.lower[bar]
