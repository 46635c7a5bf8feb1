"""Incremental indicators of one's own, with __call__, class attributes and chaining."""
from collections import deque

from naru import Strategy


class Indicator:
    registry = []

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        Indicator.registry.append(cls)

    def __call__(self, value):
        self.value = self.update(value)
        return self.value

    def __rshift__(self, other):
        return Chain(self, other)


class Chain(Indicator):
    def __init__(self, *parts):
        self.parts = parts

    def update(self, value):
        for part in self.parts:
            value = part(value)
            if value is None:
                return None
        return value


class Ema(Indicator):
    def __init__(self, n):
        self.alpha, self.mean = 2 / (n + 1), None

    def update(self, value):
        self.mean = value if self.mean is None else self.mean + self.alpha * (value - self.mean)
        return self.mean


class Delay(Indicator):
    def __init__(self, n):
        self.q = deque(maxlen=n + 1)

    def update(self, value):
        self.q.append(value)
        return self.q[0] if len(self.q) == self.q.maxlen else None


class Own(Strategy):
    def init(self):
        self.fast, self.slow = Ema(8), Ema(8) >> Delay(5)
        self.log([cls.__name__ for cls in Indicator.registry])

    def on_bar(self):
        price = float(self.data.close[-1])
        fast, slow = self.fast(price), self.slow(price)
        if slow is None:
            return
        if fast > slow and not self.position:
            self.buy(0.4)
        elif fast < slow and self.position:
            self.position.close()
