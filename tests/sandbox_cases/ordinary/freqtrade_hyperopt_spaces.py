from enum import Enum
from itertools import product
from naru import Strategy, param, ta


class RunMode(str, Enum):
    LIVE = "live"
    BACKTEST = "backtest"


class CategoricalParameter:
    """A descriptor, as freqtrade's parameters are."""

    def __init__(self, categories, default=None, space="buy"):
        self.categories = list(categories)
        self.default = default if default is not None else self.categories[0]
        self.space = space

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return instance.__class__.chosen.get(self.name, self.default)


class Spaces(Strategy):
    chosen = {"trigger": "bb"}
    trigger = CategoricalParameter(["rsi", "bb", "macd"], default="rsi")
    side = CategoricalParameter([+1, -1])
    rsi_len = param(14, low=2, high=50)

    def init(self):
        c = self.data.close
        self.rsi = self.indicator(ta.rsi, c, self.rsi_len)
        self.upper, self.mid, self.lower = self.indicator(ta.bollinger, c, 20, 2)
        self.macd, self.macdsignal, self.macdhist = self.indicator(ta.macd, c, 12, 26, 9)
        self.triggers = {
            "rsi": lambda: self.rsi[-1] < 35,
            "bb": lambda: c[-1] < self.lower[-1],
            "macd": lambda: ta.crossover(self.macd, self.macdsignal),
        }
        self.mode = RunMode("backtest")
        self.grid = [dict(zip(("a", "b"), v)) for v in product(range(2), "xy")]

    def on_bar(self):
        if self.mode == RunMode.BACKTEST and self.mode.value == "backtest":
            fired = self.triggers[self.trigger]()
            if fired and not self.position:
                self.buy(size=1) if self.side > 0 else self.sell(size=1)
            elif self.position and self.data.close[-1] > self.mid[-1]:
                self.position.close()
