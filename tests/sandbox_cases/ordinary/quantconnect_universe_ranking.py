from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Optional

import numpy as np
from naru import Strategy, param, ta


@dataclass(order=True)
class SymbolData:
    """Ported SelectionData: one per security, ranked by momentum."""

    momentum: float = 0.0
    symbol: str = field(default="", compare=False)
    window: deque = field(default_factory=lambda: deque(maxlen=30), compare=False, repr=False)
    last_trade: Optional[object] = field(default=None, compare=False)

    def update(self, price: float) -> None:
        self.window.append(price)
        if self.is_ready:
            self.momentum = self.window[-1] / self.window[0] - 1

    @property
    def is_ready(self) -> bool:
        return len(self.window) == self.window.maxlen


class MomentumRanking(Strategy):
    """QCAlgorithm by habit: securities, insights, a risk model, set_holdings."""

    top = param(1, low=1, high=5)

    def init(self):
        self.securities = {s: SymbolData(symbol=s) for s in self.data.symbols}
        self.insights: defaultdict[str, list] = defaultdict(list)
        self.invested = set()
        self.every("1h", self.rebalance)

    def on_bar(self):
        for symbol, security in self.securities.items():
            security.update(self.data[symbol].close[-1])

    def rebalance(self):
        ready = sorted((s for s in self.securities.values() if s.is_ready), reverse=True)
        chosen = {s.symbol for s in ready[: self.top] if s.momentum > 0}
        for symbol in self.invested - chosen:
            self.liquidate(symbol)
        for symbol in sorted(chosen - self.invested):
            self.set_holdings(symbol, 0.9 / self.top)
        self.invested = chosen

    def set_holdings(self, symbol, weight):
        self.securities[symbol].last_trade = self.now
        self.insights[symbol].append((self.now + timedelta(hours=1), weight))
        self.target(percent=weight, symbol=symbol, tag=f"hold {symbol} {weight:.0%}")

    def liquidate(self, symbol):
        if self.positions[symbol]:
            self.positions[symbol].close()

    def on_stop(self):
        self.log("insights", dict(self.insights).keys(), np.round(self.equity, 2))
