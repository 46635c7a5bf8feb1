"""Ten indicators vote, and the strategy follows their score.

``ta.signal_score`` sums up trend, reversion and volume indicators between 0 (all say sell) and
100 (all say buy). Two thresholds apart from each other keep it from changing its mind at every
bar. ``ta.analyse`` puts the same votes into words.

Run it: ``naru backtest examples/signal_score.py --data bars.parquet --param enter=70``
"""

from naru import Strategy, param, ta


class SignalScore(Strategy):
    """Long above one score, out below another."""

    enter = param(65.0, low=50.0, high=100.0)
    leave = param(40.0, low=0.0, high=60.0)

    def init(self):
        data = self.data
        self.score = self.indicator(ta.signal_score, data.high, data.low, data.close, data.volume)

    def on_bar(self):
        self.plot("score", self.score[-1])
        if self.position:
            if self.score < self.leave:
                self.position.close()
        elif self.score > self.enter:
            self.buy(percent=0.95)
            self.log(f"score {self.score[-1]:.0f} at {self.data.close[-1]:.2f}")
