"""SMA cross by NautilusTrader: all of the cash, at the close that decides."""

import sys
from collections import deque

import numpy as np
from nautilus_account import Trader, market, run
from timing import report

CASH, RATE = 10_000.0, 1e-5


class SmaCross(Trader):
    """Long while the fast average is above the slow one; sums are in cents, so ties are ties."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.cents, self.fast, self.slow, self.before = deque(maxlen=50), 0, 0, 0

    def on_bar(self, bar):
        close = float(bar.close)
        cents = self.cents
        if len(cents) == 50:
            self.slow -= cents[0]
        if len(cents) >= 20:
            self.fast -= cents[-20]
        cents.append(round(close * 100))
        self.fast += cents[-1]
        self.slow += cents[-1]
        if len(cents) < 50:
            return
        before, self.before = self.before, self.fast * 5 - self.slow * 2
        (instrument,) = self.instruments
        held = self.units[instrument.id]
        if before < 0 < self.before and not held:
            self.send(instrument, self.money / (close * (1 + RATE)))
        elif before > 0 > self.before and held:
            self.send(instrument, -held)


def prepare():
    bars = np.load(sys.argv[1])
    prices = [bars[name] for name in ("open", "high", "low", "close")]
    return *market([prices], bars["ts"], RATE), float(prices[3][-1])


def measured(material):
    instruments, bar_types, bars, last = material
    trader = run(SmaCross(instruments, bar_types, CASH, RATE), bars, CASH)
    return trader.fill_count, trader.money + sum(trader.units.values()) * last


report(prepare, measured, lambda result: result)
