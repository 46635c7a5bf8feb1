"""An indicator library as people carry it from platform to platform, with a registry by decorator and *args."""
import numpy as np
from naru import Strategy, ta


class Indicator:
    registry: dict = {}

    def __init_subclass__(cls, /, alias=None, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.registry[alias or cls.__name__] = cls

    def __class_getitem__(cls, name):
        return cls.registry[name]

    def __init__(self, *args, **kwargs):
        self.args, self.kwargs = args, kwargs
        self.values = []

    def __matmul__(self, other):
        return lambda x: self.next(other.next(x))

    def next(self, x): ...

    @property
    def last(self):
        return self.values[-1] if self.values else None


class EMA(Indicator, alias="ema"):
    def next(self, x):
        k = 2 / (self.args[0] + 1)
        self.values.append(x if self.last is None else self.last + k * (x - self.last))
        return self.last


class Welford(Indicator):
    n = 0
    mean = m2 = 0.0

    def next(self, x):
        self.n += 1
        delta = x - self.mean
        self.mean += delta / self.n
        self.m2 += delta * (x - self.mean)
        self.values.append(self.m2 / (self.n - 1) if self.n > 1 else 0.0)
        return self.values[-1]


class UsesLibrary(Strategy):
    def init(self):
        self.fast, self.slow = Indicator["ema"](8), Indicator["ema"](21)
        self.var = Indicator["Welford"](**{"ddof": 1})
        self.smoothed = Indicator["ema"](3) @ Indicator["ema"](5)
        self.own = self.indicator(lambda c, n: np.ptp(c[-n:]) / c[-1], self.data.close, 10, lookback=10)

    def on_bar(self):
        c = self.data.close[-1]
        f, s, v, sm = self.fast.next(c), self.slow.next(c), self.var.next(c), self.smoothed(c)
        is_up = f > s and sm > s and v >= 0
        if is_up and not self.position:
            self.buy(percent=0.3)
        elif not is_up and self.position:
            self.position.close()
        if not len(self.data) % 100:
            self.log(f"{f=:.2f} {s=:.2f} {self.own[-1]=:.4f}")
