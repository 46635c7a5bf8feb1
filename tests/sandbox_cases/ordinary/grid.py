# ruff: noqa
from naru import Strategy, param


class Grid(Strategy):
    step = param(0.01, low=0.001, high=0.1)
    levels = param(3, low=1, high=10)

    def init(self):
        self.placed = False

    def on_bar(self):
        if self.placed:
            return
        price = self.data.close[-1]
        for level in range(1, self.levels + 1):
            self.buy(0.5, limit=price * (1 - self.step * level), tag=f"grid-{level}")
        self.placed = True

    def on_fill(self, fill):
        if fill.side == "buy":
            self.sell(fill.size, limit=fill.price * (1 + self.step), reduce_only=True)
