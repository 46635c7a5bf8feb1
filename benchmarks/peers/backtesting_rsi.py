"""RSI with brackets by Backtesting.py, which trades whole units: with a lot of cash no matter."""

import warnings

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy
from backtesting_frame import prepare
from timing import report

SCALE = 100_000
PERIOD = 14


def smoothed(changes):
    """Return Wilder's average: it begins with a plain mean, as ours and TA-Lib's does."""
    seeded = pd.Series(changes[PERIOD:], dtype=float)
    seeded = pd.concat([pd.Series([changes[1 : PERIOD + 1].mean()]), seeded.iloc[1:]])
    average = seeded.ewm(alpha=1 / PERIOD, adjust=False).mean().to_numpy()
    return np.concatenate((np.full(PERIOD, np.nan), average))


def rsi(values):
    changes = np.diff(values, prepend=np.nan)
    gained, lost = smoothed(np.maximum(changes, 0.0)), smoothed(np.maximum(-changes, 0.0))
    return 100 * gained / (gained + lost)


class RsiBrackets(Strategy):
    def init(self):
        self.rsi = self.I(rsi, self.data.Close)

    def next(self):
        if not self.position and self.rsi[-1] < 30:
            price = self.data.Close[-1]
            self.buy(size=0.95, sl=price * 0.999, tp=price * 1.002)


def measured(frame):
    return Backtest(frame, RsiBrackets, cash=10_000 * SCALE, commission=1e-5).run()


def outcome(result):
    closed, still_open = result["_trades"], result["_strategy"].trades
    return 2 * len(closed) + len(still_open), result["Equity Final [$]"] / SCALE


warnings.simplefilter("ignore")
report(prepare, measured, outcome)
