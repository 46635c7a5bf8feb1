# ruff: noqa
from naru import Strategy

trades = 0
CONFIG = dict(size=0.25, every=12)


def bump(by=1):
    global trades
    trades += by
    return trades


class Globals(Strategy):
    def on_bar(self):
        if len(self.data) % CONFIG["every"] == 0:
            order = self.buy(CONFIG["size"], tag="t" + str(bump()))
            self.log("order", order.id, "number", trades)
