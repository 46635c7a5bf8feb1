# ruff: noqa
from naru import Strategy


class Timed:
    """Count how often a block was entered, and swallow what it may raise."""

    def __init__(self, owner, label):
        self.owner, self.label = owner, label

    def __enter__(self):
        self.owner.entered[self.label] = self.owner.entered.get(self.label, 0) + 1
        return self

    def __exit__(self, kind, error, trace):
        return kind is not None and issubclass(kind, ArithmeticError)


class Contexts(Strategy):
    def init(self):
        self.entered = {}

    def on_bar(self):
        with Timed(self, "ratio") as timed, Timed(self, timed.label + "-inner"):
            if self.data.close[-1] / (self.data.volume[-1] - 10.0) > 1:
                self.buy(1)
