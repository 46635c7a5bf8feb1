"""Ichimoku: three conditions on one chart.

Long when the close is above the cloud, the conversion line above the base line, and the close
above that of 26 bars ago (the lagging span). Out when the close falls back to the base line.

Run it: ``naru backtest examples/ichimoku_cloud.py --data bars.parquet``
"""

from naru import Strategy, ta


class IchimokuCloud(Strategy):
    """Trade above the cloud."""

    def init(self):
        data = self.data
        self.lines = self.indicator(ta.ichimoku, data.high, data.low)
        self.momentum = self.indicator(ta.mom, data.close, 26)

    def on_bar(self):
        close = self.data.close[-1]
        lines = self.lines
        if self.position:
            if close < lines.base[-1]:
                self.position.close()
            return
        above = close > max(lines.span_a[-1], lines.span_b[-1])
        if above and lines.conversion > lines.base and self.momentum > 0:
            self.buy(percent=0.95)
