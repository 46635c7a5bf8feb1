from __future__ import annotations
from naru import Strategy as Base, ta
import naru, math as m, numpy as np

RISK: float = 0.02
_HISTORY: list[float] = []


def position_size(equity: float, entry: float, stop: float) -> float:
    return 0.0 if entry == stop else equity * RISK / abs(entry - stop)


def ewma(xs, alpha=0.1):
    acc = None
    for x in xs:
        acc = x if acc is None else alpha * x + (1 - alpha) * acc
        yield acc


class strategy(Base):
    "lower-case name, module-level helpers, a global list"

    def init(self):
        self.atr = self.indicator(naru.ta.atr, self.data.high, self.data.low, self.data.close, 14)

    def on_bar(self):
        global RISK
        _HISTORY.append(self.equity)
        *_, smooth = ewma(_HISTORY[-30:])
        RISK = 0.01 if self.equity < smooth else 0.02
        c = self.data.close[-1]
        if not self.position and m.isfinite(self.atr[-1]):
            size = position_size(self.equity, c, c - 2 * self.atr[-1])
            if (cost := size * c) < self.cash:
                self.buy(size=size, sl=c - 2 * self.atr[-1], trail=None, tag=f"{cost:.0f}")
