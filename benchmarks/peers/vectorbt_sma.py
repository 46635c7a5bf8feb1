"""SMA cross by vectorbt: signals at a close, filled at the next open, all of the cash."""

import sys

import numpy as np
import pandas as pd
import vectorbt as vbt
from timing import report


def prepare():
    bars = np.load(sys.argv[1])
    index = pd.to_datetime(bars["ts"])
    return pd.Series(bars["open"], index), pd.Series(bars["close"], index)


def measured(material):
    opens, closes = material
    fast, slow = (vbt.MA.run(closes, window).ma.round(6).to_numpy() for window in (20, 50))
    up, down = np.zeros(len(closes), bool), np.zeros(len(closes), bool)
    up[2:] = (fast[:-2] < slow[:-2]) & (fast[1:-1] > slow[1:-1])
    down[2:] = (fast[:-2] > slow[:-2]) & (fast[1:-1] < slow[1:-1])
    result = vbt.Portfolio.from_signals(
        closes, up, down, price=opens, fees=1e-5, init_cash=10_000, freq="1s"
    )
    return result.orders.count(), result.final_value()  # worked out when asked for


report(prepare, measured, lambda result: result)
