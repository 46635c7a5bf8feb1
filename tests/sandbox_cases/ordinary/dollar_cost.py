# ruff: noqa
from naru import Strategy


class DollarCost(Strategy):
    def init(self):
        self.every("10m", self.invest)

    def invest(self):
        if self.cash > 500:
            self.buy(value=500)
