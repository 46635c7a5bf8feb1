# ruff: noqa
from naru import Strategy

MAX_UNITS = 4


class Pyramid(Strategy):
    def init(self):
        self.entries = []

    def on_bar(self):
        price = self.data.close[-1]
        if not self.entries or (len(self.entries) < MAX_UNITS and price > self.entries[-1] * 1.02):
            self.buy(percent=0.2)
            self.entries += [price]
        elif self.entries and price < max(self.entries) * 0.95:
            self.position.close()
            self.entries.clear()
