"""SMA cross by Backtesting.py, which trades whole units: with a lot of cash that is the same."""

import warnings

import pandas as pd
from backtesting import Backtest, Strategy
from backtesting_frame import prepare
from timing import report

SCALE = 100_000


def average(values, period):
    return pd.Series(values).rolling(period).mean().round(6).to_numpy()


class SmaCross(Strategy):
    def init(self):
        self.fast = self.I(average, self.data.Close, 20)
        self.slow = self.I(average, self.data.Close, 50)

    def next(self):
        up = self.fast[-2] < self.slow[-2] and self.fast[-1] > self.slow[-1]
        if up and not self.position:
            self.buy(size=0.9999)
        elif self.fast[-2] > self.slow[-2] and self.fast[-1] < self.slow[-1]:
            self.position.close()


def measured(frame):
    return Backtest(frame, SmaCross, cash=10_000 * SCALE, commission=1e-5).run()


def outcome(result):
    trades = result["_trades"]
    return 2 * len(trades), result["Equity Final [$]"] / SCALE


warnings.simplefilter("ignore")
report(prepare, measured, outcome)
