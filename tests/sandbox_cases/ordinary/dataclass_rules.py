# ruff: noqa
from dataclasses import dataclass, field

from naru import Strategy


@dataclass
class Rule:
    name: str
    threshold: float = 1.0
    hits: list[int] = field(default_factory=list)

    def check(self, value: float) -> bool:
        if value >= self.threshold:
            self.hits.append(1)
            return True
        return False


@dataclass(frozen=True, order=True)
class Level:
    price: float
    weight: float = 1.0


class RuleBook(Strategy):
    def init(self):
        self.rules = [Rule("rise", 1.001), Rule("jump", threshold=1.01)]
        self.levels = sorted([Level(110.0), Level(105.0, 2.0)])

    def on_bar(self):
        change = self.data.close[-1] / self.data.open[-1]
        if any([rule.check(change) for rule in self.rules]):
            self.buy(0.1)
        if self.data.close[-1] > self.levels[0].price:
            self.position.close()
