import numpy as np
from naru import ta, vector


def shift(x, n=1, fill=np.nan):
    out = np.full_like(x, fill, dtype=float)
    out[n:] = x[:-n]
    return out


def crossed_above(a, b):
    return (a > b) & (shift(a) <= shift(b))


@vector(fast=10, slow=30, rsi_low=30.0)
def signals(data, fast, slow, rsi_low):
    """entries and exits, as vbt.Portfolio.from_signals takes them."""
    close = data.close
    fast_ma, slow_ma = ta.ema(close, fast), ta.ema(close, slow)
    entries = crossed_above(fast_ma, slow_ma) | (ta.rsi(close, 14) < rsi_low)
    exits = crossed_above(slow_ma, fast_ma)
    with np.errstate(invalid="ignore"):
        strength = np.clip(np.abs(fast_ma / slow_ma - 1) * 100, 0.1, 0.9)
    size = np.where(exits, 0.0, np.where(entries, strength, np.nan))
    size[: slow + 1] = 0.0
    return size
