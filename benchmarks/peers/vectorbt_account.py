"""What scripts for vectorbt with targets of many instruments share."""

import sys

import numpy as np
import pandas as pd
import vectorbt as vbt


def frames(*names):
    """Read columns of the bars as frames, instants by instruments."""
    bars = np.load(sys.argv[1])
    index = pd.to_datetime(bars["ts"])
    return tuple(pd.DataFrame(bars[name], index) for name in names)


def filled(opens, closes, targets):
    """Return how many orders targets make, filled at the next open, and the final equity.

    vectorbt works both out when they are asked for.
    """
    result = vbt.Portfolio.from_orders(
        closes, targets.shift(1), size_type="targetpercent", price=opens, fees=1e-4,
        init_cash=1_000_000, cash_sharing=True, group_by=True, call_seq="auto", freq="1D",
    )  # fmt: skip
    return result.orders.count(), result.final_value()
