import math
from naru import Strategy, param, ta

# //@version=5 strategy("RSI + EMA with strategy.entry/exit", overlay=true)

na = float("nan")


def nz(x, y=0.0):
    return y if x is None or math.isnan(x) else x


def barssince(conditions):
    for i, c in enumerate(reversed(conditions)):
        if c:
            return i
    return na


class Input:
    @staticmethod
    def int(defval, title="", minval=1, maxval=500):
        return param(defval, low=minval, high=maxval)

    @staticmethod
    def float(defval, title="", minval=0.0, maxval=100.0):
        return param(defval, low=minval, high=maxval)


input = Input


class PineRsi(Strategy):
    length = input.int(14, "RSI length", minval=2)
    ob = input.float(70.0, "Overbought")
    os = input.float(30.0, "Oversold")
    trail = input.float(1.5, "Trail %")

    def init(self):
        src = self.data.close
        self.rsi = self.indicator(ta.rsi, src, self.length)
        self.ema = self.indicator(ta.ema, src, 50)
        self.crosses = []

    def entry(self, id, direction, when=True, comment=""):
        if when and not self.position:
            order = self.buy if direction > 0 else self.sell
            order(percent=0.9, tag=comment or id)

    def close_all(self, when=True, comment=""):
        if when and self.position:
            self.position.close()

    def on_bar(self):
        longCondition = ta.crossover(self.rsi, self.os)
        shortCondition = ta.crossunder(self.rsi, self.ob)
        self.crosses.append(bool(longCondition))
        self.entry("Long", +1, when=longCondition and self.data.close[-1] > nz(self.ema[-1]) * 0.9, comment="L")
        self.close_all(when=shortCondition or nz(barssince(self.crosses), 0) > 30)
        self.plot("RSI", self.rsi[-1])
