"""Lean's vocabulary over Naru's calls: Insight, alpha, portfolio, execution."""
from dataclasses import dataclass
from enum import Enum
from naru import Strategy, ta


class InsightDirection(Enum):
    Up = 1
    Flat = 0
    Down = -1


@dataclass(frozen=True)
class Insight:
    Symbol: str
    Direction: InsightDirection
    Weight: float = 1.0


class AlphaModel:
    def Update(self, algorithm):
        raise NotImplementedError


class EmaCrossAlpha(AlphaModel):
    def __init__(self, fast, slow):
        self.fast, self.slow = fast, slow

    def Update(self, algorithm):
        direction = InsightDirection.Up if self.fast[-1] > self.slow[-1] else InsightDirection.Flat
        return [Insight(algorithm.data.symbol, direction)]


class Framework(Strategy):
    def init(self):
        c = self.data.close
        self.alpha = EmaCrossAlpha(self.indicator(ta.ema, c, 12), self.indicator(ta.ema, c, 26))
        self.last = {}

    def on_bar(self):
        for insight in self.alpha.Update(self):
            if self.last.get(insight.Symbol) is not insight.Direction:
                self.last[insight.Symbol] = insight.Direction
                self.target(percent=0.9 * insight.Direction.value * insight.Weight)
