"""Equal weights, set anew every 21 bars, by vectorbt: filled at the next open, with shared cash."""

import numpy as np
import pandas as pd
from timing import report
from vectorbt_account import filled, frames


def prepare():
    return frames("open", "close")


def measured(material):
    opens, closes = material
    rows = np.arange(60, len(closes), 21)
    anew = 1.0 + 1e-9 * (np.arange(len(rows)) % 2)
    targets = np.full(closes.shape, np.nan)
    targets[rows] = (0.98 / closes.shape[1] * anew)[:, np.newaxis]
    return filled(opens, closes, pd.DataFrame(targets, closes.index))


report(prepare, measured, lambda result: result)
