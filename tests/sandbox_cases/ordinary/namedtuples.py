# ruff: noqa
from collections import namedtuple
from typing import NamedTuple

from naru import Strategy

Candle = namedtuple("Candle", "open high low close")


class Pattern(NamedTuple):
    name: str
    strength: float = 1.0


class Patterns(Strategy):
    def candle(self, ago):
        data = self.data
        return Candle(data.open[-ago], data.high[-ago], data.low[-ago], data.close[-ago])

    def find(self):
        now = self.candle(1)
        body, span = abs(now.close - now.open), now.high - now.low
        if span and body / span < 0.1:
            yield Pattern("doji")
        if now._replace(open=now.close).close > self.candle(2).high:
            yield Pattern("breakout", strength=2.0)

    def on_bar(self):
        for pattern in self.find():
            if pattern.strength > 1:
                self.buy(0.1, tag=pattern.name)
