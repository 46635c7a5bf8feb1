from typing import Callable, NamedTuple, Protocol, TypeAlias, TypeVar, Union

from naru import Strategy

Number: TypeAlias = Union[int, float]
T = TypeVar("T")


class Rule(Protocol):
    def __call__(self, price: float, /, *, threshold: float) -> bool: ...


class Bracket(NamedTuple):
    entry: float
    stop: float
    target: float = 0.0

    @property
    def risk(self) -> float:
        return self.entry - self.stop


def above(price: float, /, *, threshold: float) -> bool:
    return price > threshold


def first(items: list[T], default: T | None = None, *rest: T, key: Callable[[T], Number] = abs) -> T | None:
    return min(items, key=key, default=default)


class Keyworded(Strategy):
    def enter(self, *, risk: float = 0.01, reward: float = 2.0, **options):
        price = float(self.data.close[-1])
        bracket = Bracket(price, price * (1 - risk))
        bracket = bracket._replace(target=price + reward * bracket.risk)
        self.buy(**{"size": 0.1, **options}, sl=bracket.stop, tp=bracket.target)
        return bracket

    def on_bar(self):
        rule: Rule = above
        recent = [float(c) for c in self.data.close[-5:]]
        if not self.position and rule(recent[-1], threshold=first(recent) or 0.0):
            bracket = self.enter(reward=1.5, **{"tag": "bracket"})
            entry, stop, *_ = bracket
            self.log(f"{entry:.2f} {stop:.2f} {bracket.risk:>8.3f} {bracket!r:.40}")
