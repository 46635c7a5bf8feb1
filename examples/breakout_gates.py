"""A breakout that has to pass three gates.

Most breakouts fail. This one is taken only if three independent things agree:

1. the trend gate: the close is above its 100-bar average;
2. the volume gate: the bar's volume is well above its average, somebody means it;
3. the squeeze gate: volatility was low before, so there is room to expand.

The exit is the channel's other side, over a shorter period.

Run it: ``naru backtest examples/breakout_gates.py --data bars.parquet --param volume_factor=1.5``
"""

from naru import Strategy, param, ta


class BreakoutGates(Strategy):
    """Buy a close above the channel when trend, volume and a squeeze agree."""

    entry = param(20, low=5, high=200, doc="bars whose high has to be broken")
    exit = param(10, low=2, high=100, doc="bars whose low ends the trade")
    volume_factor = param(1.1, low=1.0, high=5.0)
    squeeze_rank = param(60.0, low=1.0, high=100.0, doc="bandwidth rank that counts as quiet")

    def init(self):
        data = self.data
        self.channel = self.indicator(ta.donchian, data.high, data.low, self.entry)
        self.floor = self.indicator(ta.lowest, data.low, self.exit)
        self.trend = self.indicator(ta.sma, data.close, 100)
        self.usual_volume = self.indicator(ta.sma, data.volume, 20)
        width = self.indicator(ta.bollinger_bandwidth, data.close, 20, 2)
        self.quietness = self.indicator(ta.percentile_rank, width, 100)

    def on_bar(self):
        close = self.data.close[-1]
        if self.position:
            if close < self.floor[-2]:
                self.position.close()
        elif close > self.channel.upper[-2] and self.gates_open(close):
            self.buy(percent=0.95)

    def gates_open(self, close):
        """Tell whether all three gates let the breakout pass."""
        trend = close > self.trend[-1]
        volume = self.data.volume[-1] > self.volume_factor * self.usual_volume[-1]
        squeeze = self.quietness[-2] < self.squeeze_rank
        return trend and volume and squeeze
