from __future__ import annotations

import dataclasses as dc
from dataclasses import InitVar, dataclass, field
from typing import ClassVar

from naru import Strategy


@dataclass(order=True, slots=True)
class Level:
    price: float
    size: float = field(compare=False, default=0.0)


@dataclass(frozen=True, kw_only=True)
class Settings:
    VERSION: ClassVar[str] = "1.2"
    steps: int = 3
    gap: float = 0.01

    def __post_init__(self):
        if self.steps < 1:
            raise ValueError("steps")


@dataclass
class Ladder:
    settings: Settings
    mid: InitVar[float]
    levels: list[Level] = field(default_factory=list, repr=False)
    total: float = field(init=False, default=0.0)

    def __post_init__(self, mid):
        for step in range(1, self.settings.steps + 1):
            self.levels.append(Level(mid * (1 - step * self.settings.gap), 0.1 * step))
        self.total = sum(level.size for level in self.levels)


class LadderBuyer(Strategy):
    def on_start(self):
        self.settings = dc.replace(Settings(), steps=4)
        self.ladder = None

    def on_bar(self):
        if self.ladder is None:
            self.ladder = Ladder(self.settings, self.data.close[-1])
            self.log(self.ladder, dc.asdict(self.settings), [f.name for f in dc.fields(Level)])
            for level in sorted(self.ladder.levels, reverse=True):
                self.buy(level.size, limit=level.price)
        elif self.position and self.position.pnl > 0:
            self.position.close()
