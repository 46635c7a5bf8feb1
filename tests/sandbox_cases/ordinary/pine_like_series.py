"""Pine's way of thinking: var, nz, na, crossover, highest, lowest, barstate."""
from math import isnan, nan

from naru import Strategy, ta


def na(x):
    return x is None or (isinstance(x, float) and isnan(x))


def nz(x, replacement=0.0):
    return replacement if na(x) else x


class PineSeries(Strategy):
    length = 20
    mult = 2.0

    def init(self):
        self.basis = self.indicator(ta.sma, self.data.close, self.length)
        self.dev = self.indicator(ta.stddev, self.data.close, self.length)
        self.last_pivot = nan
        self.trend = 0

    def highest(self, source, n):
        return max(source[-n:])

    def lowest(self, source, n):
        return min(source[-n:])

    def on_bar(self):
        upper = self.basis[-1] + self.mult * self.dev[-1]
        lower = self.basis[-1] - self.mult * self.dev[-1]
        self.trend = 1 if self.data.close[-1] > upper else -1 if self.data.close[-1] < lower else self.trend
        if len(self.data) > 10 and self.data.high[-3] == self.highest(self.data.high, 5):
            self.last_pivot = self.data.high[-3]
        if self.trend == 1 and nz(self.last_pivot, self.data.close[-1]) <= self.data.close[-1] * 1.05:
            if not self.position.is_long:
                self.target(percent=0.5)
        elif self.trend == -1 and self.position:
            self.position.close()
        self.plot("upper", upper)
        self.plot("pivot", nz(self.last_pivot, upper))
