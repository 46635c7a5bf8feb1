# ruff: noqa
#!/usr/bin/env python3
# A script as it comes from somebody's laptop.
import math
from naru import Strategy, ta

__author__ = "somebody"


class Laptop(Strategy):
    params = {"fast": 3, "slow": 8}

    def init(self):
        self.a = self.indicator(ta.sma, self.data.close, self.params["fast"])
        self.b = self.indicator(ta.sma, self.data.close, self.params["slow"])

    def on_bar(self):
        print("Close: %.2f, angle %d" % (self.data.close[-1], math.degrees(math.atan(self.a[-1]))))
        if self.a[-1] > self.b[-1]:
            self.buy(0.1)


if __name__ == "__main__":
    print("run me with naru backtest")
