from functools import partial
from operator import attrgetter, itemgetter
from types import SimpleNamespace

import numpy as np
from naru import Strategy, ta

PATTERNS = {}


def pattern(weight=1):
    def register(f):
        PATTERNS[f.__name__] = partial(f, weight=weight)
        return f
    return register


@pattern(100)
def engulfing(prev, cur, weight):
    return weight * ((cur.body > 0 > prev.body and cur.close > prev.open) - (cur.body < 0 < prev.body and cur.close < prev.open))


@pattern(weight=50)
def doji(prev, cur, *, weight):
    return weight if abs(cur.body) <= 0.1 * (cur.high - cur.low) else 0


@pattern()
def hammer(_, cur, weight=1):
    wick = min(cur.open, cur.close) - cur.low
    return weight * int(wick > 2 * abs(cur.body))


class Candles(Strategy):
    def candle(self, i):
        d = self.data
        c = SimpleNamespace(open=d.open[i], high=d.high[i], low=d.low[i], close=d.close[i])
        c.body = c.close - c.open
        return c

    def init(self):
        self.score = 0
        self.history = []

    def on_bar(self):
        if len(self.data) < 3:
            return
        prev, cur = map(self.candle, (-2, -1))
        scores = {name: f(prev, cur) for name, f in PATTERNS.items()}
        name, best = max(scores.items(), key=itemgetter(1))
        self.history.append((self.now, name, best))
        bodies = list(map(attrgetter("body"), (prev, cur)))
        if sum(scores.values()) > 100 and not self.position and np.sign(bodies[-1]) > 0:
            self.buy(percent=0.25, tag=name)
        elif self.position and scores["engulfing"] < 0:
            self.position.close()

    def on_stop(self):
        for when, name, n in self.history[-3:]:
            print(f"{when:%H:%M}", name.ljust(12), f"{n:>+5d}", sep=" | ")
