import numpy as np
from naru import ta, vector


@vector(period=20)
def rotate(data, period):
    """Hold whichever has risen more."""
    scores = {s: ta.roc(data[s].close, period) for s in data.symbols}
    stacked = np.vstack([np.nan_to_num(v, nan=-np.inf) for v in scores.values()])
    best = stacked.argmax(axis=0)
    known = np.isfinite(stacked).all(axis=0)
    return {s: np.where(known & (best == i), 0.9, 0.0) for i, s in enumerate(scores)}
