# ruff: noqa
from naru import Strategy, ta


class MultiTimeframe(Strategy):
    def init(self):
        self.slow = self.data.resample("5m")
        self.trend = self.indicator(ta.sma, self.slow.close, 3)
        self.fast = self.indicator(ta.sma, self.data.close, 5)

    def on_bar(self):
        if self.fast[-1] > self.trend[-1] and not self.position.is_long:
            self.buy(percent=0.5)
        elif self.fast[-1] < self.trend[-1] and self.position.is_long:
            self.position.close()
