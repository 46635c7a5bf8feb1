"""Monthly targets of many instruments by NautilusTrader, worked out and filled at a close."""

import sys
from collections import deque

import numpy as np
from nautilus_account import Trader, market, run
from timing import report

CASH, RATE, LOOKBACK, EVERY = 1_000_000.0, 1e-4, 60, 21


class InverseVolatility(Trader):
    """Hold all by the inverse of their volatility, set anew every 21 bars."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.closes = {each.id: deque(maxlen=LOOKBACK + 1) for each in self.instruments}
        self.last, self.row = self.instruments[-1].id, -1

    def on_bar(self, bar):
        symbol = bar.bar_type.instrument_id
        self.closes[symbol].append(float(bar.close))
        if symbol == self.last:
            self.row += 1
            if self.row >= LOOKBACK and (self.row - LOOKBACK) % EVERY == 0:
                self.rebalance()

    def rebalance(self):
        squares = np.diff(np.log(np.array(list(self.closes.values())))) ** 2
        weights = 1.0 / np.sqrt(squares.sum(axis=1) + 1e-9)
        shares = (0.98 * weights / weights.sum()).tolist()
        prices = {symbol: closes[-1] for symbol, closes in self.closes.items()}
        changes, equity = [], self.equity(prices)
        for instrument, share in zip(self.instruments, shares, strict=True):
            price = prices[instrument.id]
            is_less = share * equity < self.units[instrument.id] * price
            changes.append((not is_less, instrument, share, price))
        for _, instrument, share, price in sorted(changes, key=lambda change: change[0]):
            units = share * self.equity(prices) / (price * (1 + RATE))
            self.send(instrument, units - self.units[instrument.id])

    def equity(self, prices):
        return self.money + sum(self.units[symbol] * prices[symbol] for symbol in prices)


def prepare():
    bars = np.load(sys.argv[1])
    columns = [
        [bars[name][:, place] for name in ("open", "high", "low", "close")]
        for place in range(bars["open"].shape[1])
    ]
    return *market(columns, bars["ts"], RATE), [prices[3][-1] for prices in columns]


def measured(material):
    instruments, bar_types, bars, last = material
    trader = run(InverseVolatility(instruments, bar_types, CASH, RATE), bars, CASH)
    return trader.fill_count, trader.money + float(np.dot(list(trader.units.values()), last))


report(prepare, measured, lambda result: result)
