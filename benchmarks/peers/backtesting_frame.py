"""The bars as Backtesting.py wants them."""

import sys

import numpy as np
import pandas as pd


def prepare():
    """Return a frame with capital columns, by instants."""
    bars = np.load(sys.argv[1])
    names = ("open", "high", "low", "close")
    frame = pd.DataFrame({name.title(): bars[name] for name in names})
    frame.index = pd.to_datetime(bars["ts"])
    return frame
