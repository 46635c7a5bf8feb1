# ruff: noqa
from naru import Strategy, ta


class MacdHistogram(Strategy):
    def init(self):
        self.macd = self.indicator(ta.macd, self.data.close, 12, 26, 9)
        self.last_sign = 0

    def on_bar(self):
        line, signal, histogram = (series[-1] for series in self.macd)
        sign = (histogram > 0) - (histogram < 0)
        if sign != self.last_sign:
            self.target(percent=0.8 * max(sign, 0))
            self.last_sign = sign
