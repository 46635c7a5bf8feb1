# ruff: noqa
import math

from naru import Strategy, ta


class AtrTrailing(Strategy):
    def init(self):
        data = self.data
        self.atr = self.indicator(ta.atr, data.high, data.low, data.close, 14)
        self.highest = -math.inf

    def on_bar(self):
        close = self.data.close[-1]
        if self.position.is_long:
            self.highest = max(self.highest, close)
            if close < self.highest - 3 * self.atr[-1]:
                self.position.close()
                self.highest = -math.inf
        elif math.isfinite(self.atr[-1]):
            self.buy(percent=0.5)
            self.highest = close
