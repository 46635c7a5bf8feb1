"""Targets of many instruments worked out in pandas, and filled by vectorbt at the next open."""

import sys

import numpy as np
import pandas as pd
import vectorbt as vbt
from timing import report

LOOKBACK, EVERY = 60, 21


def prepare():
    bars = np.load(sys.argv[1])
    index = pd.to_datetime(bars["ts"])
    return tuple(pd.DataFrame(bars[name], index) for name in ("open", "close"))


def measured(material):
    opens, closes = material
    squares = np.log(closes).diff() ** 2
    weights = 1.0 / np.sqrt(squares.rolling(LOOKBACK).sum().iloc[LOOKBACK::EVERY] + 1e-9)
    targets = weights.mul(0.98 / weights.sum(axis=1), axis=0).reindex(closes.index)
    result = vbt.Portfolio.from_orders(
        closes, targets.shift(1), size_type="targetpercent", price=opens, fees=1e-4,
        init_cash=1_000_000, cash_sharing=True, group_by=True, call_seq="auto", freq="1D",
    )  # fmt: skip
    return result.orders.count(), result.final_value()  # worked out when asked for


report(prepare, measured, lambda result: result)
