# ruff: noqa
from naru import Strategy


class Callbacks(Strategy):
    def init(self):
        self.fills = []
        self.pending = None

    def on_bar(self):
        if self.pending is None:
            self.pending = self.buy(0.5, stop=self.data.high[-1] + 1)

    def on_fill(self, fill):
        self.fills.append((fill.ts, fill.side, fill.price))
        self.pending = None

    def on_stop(self):
        if self.fills:
            first, *rest = self.fills
            self.log("first fill at {:.2f}, {} more".format(first[2], len(rest)))
