"""//@version=5 strategy("Supertrend"), written down in Python."""
from naru import Strategy, param, ta


class Supertrend(Strategy):
    factor = param(3.0, low=0.5, high=10.0)
    length = param(10, low=2, high=50)

    def init(self):
        d = self.data
        self.st = self.indicator(ta.supertrend, d.high, d.low, d.close, self.length, self.factor)
        self.line, self.direction = self.st[0], self.st[1]

    def on_bar(self):
        longCondition = self.direction[-1] > 0 and self.direction[-2] < 0
        shortCondition = self.direction[-1] < 0 and self.direction[-2] > 0
        if longCondition:
            self.target(percent=1.0 - 0.05, tag="Long")
        if shortCondition:
            self.target(percent=-0.95, tag="Short")
        self.plot("supertrend", self.line[-1])
