# ruff: noqa
from abc import ABC, abstractmethod

from naru import Strategy


class Signal(ABC):
    @abstractmethod
    def value(self, data) -> float: ...


class Momentum(Signal):
    def __init__(self, lookback):
        self.lookback = lookback

    def value(self, data):
        return data.close[-1] / data.close[-self.lookback] - 1


class Inverse(Signal):
    def __init__(self, inner: Signal):
        self.inner = inner

    def value(self, data):
        return -self.inner.value(data)


class Composite(Strategy):
    warmup = 12

    def init(self):
        self.signals = [Momentum(5), Inverse(Momentum(10))]

    def on_bar(self):
        total = sum(signal.value(self.data) for signal in self.signals)
        self.target(percent=0.5 if total > 0 else 0.0)
