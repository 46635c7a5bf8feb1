from abc import ABC, abstractmethod
from naru import Strategy, ta


class Signal(ABC):
    registry = []

    def __init_subclass__(cls, /, weight=1.0, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.weight = weight
        Signal.registry.append(cls)

    def __init__(self, strategy):
        self.strategy = strategy

    @abstractmethod
    def vote(self) -> int: ...

    def __repr__(self):
        return f"{type(self).__name__}({self.weight})"


class Trend(Signal, weight=2.0):
    def vote(self):
        return 1 if self.strategy.fast[-1] > self.strategy.slow[-1] else -1


class Reversion(Signal):
    def vote(self):
        return 1 if self.strategy.rsi[-1] < 40 else -1 if self.strategy.rsi[-1] > 60 else 0


class Ensemble(Strategy):
    def init(self):
        c = self.data.close
        self.fast, self.slow = (self.indicator(ta.sma, c, n) for n in (10, 30))
        self.rsi = self.indicator(ta.rsi, c)
        self.signals = [kind(self) for kind in Signal.registry]

    def on_bar(self):
        total = sum(s.weight for s in self.signals)
        score = sum(s.vote() * s.weight for s in self.signals) / total
        self.target(percent=round(max(0.0, score) * 0.9, 2), tag=repr(self.signals[0]))
