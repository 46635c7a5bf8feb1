"""The same targets by bt, which knows one price a day: the open, at which it trades."""

import sys
import warnings

import bt
import numpy as np
import pandas as pd
from timing import report


def prepare():
    bars = np.load(sys.argv[1])
    index = pd.to_datetime(bars["ts"])
    columns = [f"S{place:02}" for place in range(bars["open"].shape[1])]
    opens = pd.DataFrame(bars["open"], index, columns)
    targets = pd.DataFrame(bars["targets"], index, columns).shift(1).dropna()
    return opens, targets


def measured(material):
    opens, targets = material
    algos = [bt.algos.RunOnDate(*targets.index), bt.algos.WeighTarget(targets)]
    strategy = bt.Strategy("targets", [*algos, bt.algos.Rebalance()])
    test = bt.Backtest(
        strategy, opens, initial_capital=1_000_000, integer_positions=False,
        commissions=lambda quantity, price: abs(quantity) * price * 1e-4, progress_bar=False,
    )  # fmt: skip
    return bt.run(test)


def outcome(result):
    test = result.backtests["targets"]
    return (test.strategy.get_transactions().shape[0], test.strategy.values.iloc[-1])


warnings.simplefilter("ignore")
report(prepare, measured, outcome)
