"""Targets of many instruments with shared cash by vectorbt, filled at the next open."""

import sys

import numpy as np
import pandas as pd
import vectorbt as vbt
from timing import report


def prepare():
    bars = np.load(sys.argv[1])
    index = pd.to_datetime(bars["ts"])
    return tuple(pd.DataFrame(bars[name], index) for name in ("open", "close", "targets"))


def measured(material):
    opens, closes, targets = material
    result = vbt.Portfolio.from_orders(
        closes, targets.shift(1), size_type="targetpercent", price=opens, fees=1e-4,
        init_cash=1_000_000, cash_sharing=True, group_by=True, call_seq="auto", freq="1D",
    )  # fmt: skip
    return result.orders.count(), result.final_value()  # worked out when asked for


report(prepare, measured, lambda result: result)
