# ruff: noqa
from naru import Strategy, param


class Turtle(Strategy):
    entry = param(20, low=5, high=100)
    leave = param(10, low=2, high=50)

    warmup = 21

    def on_bar(self):
        highs = self.data.high[-self.entry - 1 : -1]
        lows = self.data.low[-self.leave - 1 : -1]
        close = self.data.close[-1]
        if not self.position.is_long and close > max(highs):
            self.buy(percent=0.9, tag="breakout")
        elif self.position.is_long and close < min(lows):
            self.position.close()
