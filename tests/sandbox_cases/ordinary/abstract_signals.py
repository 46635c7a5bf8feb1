"""Rules as a class hierarchy with an abstract base, as larger code bases have them."""
from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Iterable

from naru import Strategy, ta


class Signal(ABC):
    """A vote between -1 and 1."""

    weight: float = 1.0

    @abstractmethod
    def vote(self, strategy: Strategy) -> float: ...

    @property
    def name(self) -> str:
        return type(self).__name__.lower()

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(weight={self.weight!r})"


class Momentum(Signal):
    def __init__(self, bars: int, *, weight: float = 1.0) -> None:
        self.bars, self.weight = bars, weight

    def vote(self, strategy: Strategy) -> float:
        close = strategy.data.close
        return 1.0 if len(close) > self.bars and close[-1] > close[-1 - self.bars] else -1.0


class FastMomentum(Momentum):
    def __init__(self) -> None:
        super().__init__(3, weight=0.5)

    def vote(self, strategy: Strategy) -> float:
        return 0.5 * super().vote(strategy)


class Oversold(Signal):
    def __init__(self, rsi) -> None:
        self._rsi = rsi

    def vote(self, strategy: Strategy) -> float:
        return 1.0 if self._rsi[-1] < 30 else 0.0


def combined(signals: Iterable[Signal], strategy: Strategy) -> float:
    return sum(s.weight * s.vote(strategy) for s in signals)


class Voting(Strategy):
    def init(self) -> None:
        self.signals = [Momentum(10), FastMomentum(), Oversold(self.indicator(ta.rsi, self.data.close, 14))]
        self.log(f"{self.signals=}")
        assert all(isinstance(s, Signal) for s in self.signals), "every rule votes"
        try:
            Signal()
        except TypeError as error:
            self.log("abstract:", error)

    def on_bar(self) -> None:
        if (total := combined(self.signals, self)) > 1 and not self.position:
            self.buy(percent=0.5, tag="/".join(s.name for s in self.signals))
        elif total < -1 and self.position:
            self.position.close()
