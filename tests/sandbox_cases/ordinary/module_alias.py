# ruff: noqa
import naru as nr
import naru.ta as tech
from naru.ta import crossover, sma


class Aliased(nr.Strategy):
    n = nr.param(4, low=2, high=40)

    def init(self):
        self.line = self.indicator(sma, self.data.close, self.n)
        self.slow = self.indicator(tech.sma, self.data.close, self.n * 3)

    def on_bar(self):
        if crossover(self.line, self.slow):
            self.buy(percent=0.5)
