"""400 SMA crosses by vectorbt: in while the fast average is above the slow one, at the next open.

Final equity, drawdown and Sharpe ratio of each are asked for, as our sweep gives them.
"""

import sys

import numpy as np
import pandas as pd
import vectorbt as vbt
from timing import report


def prepare():
    bars = np.load(sys.argv[1])
    index = pd.to_datetime(bars["ts"])
    return pd.Series(bars["open"], index), pd.Series(bars["close"], index), bars["pairs"]


def measured(material):
    opens, closes, pairs = material
    averages = {
        int(window): vbt.MA.run(closes, int(window)).ma.round(6).to_numpy()
        for window in np.unique(pairs)
    }
    above = np.stack([averages[fast] > averages[slow] for fast, slow in pairs.tolist()], axis=1)
    before = np.zeros_like(above)
    before[1:] = above[:-1]
    entries, exits = np.zeros_like(above), np.zeros_like(above)
    entries[1:], exits[1:] = (above & ~before)[:-1], (before & ~above)[:-1]
    result = vbt.Portfolio.from_signals(
        closes, entries, exits, price=opens.to_numpy()[:, np.newaxis], fees=1e-5, size=0.95,
        size_type="percent", init_cash=10_000, freq="1s",
    )  # fmt: skip
    figures = result.final_value(), result.max_drawdown(), result.sharpe_ratio()
    return result.orders.count(), figures


report(prepare, measured, lambda result: (result[0].sum(), result[1][0].mean()))
