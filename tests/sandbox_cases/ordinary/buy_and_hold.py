# ruff: noqa
from naru import Strategy


class BuyAndHold(Strategy):
    def on_start(self):
        self.buy(percent=1.0)
