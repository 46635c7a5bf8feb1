# ruff: noqa
from naru import ta, vector


@vector(fast=5, slow=15)
def vector_sma(data, fast, slow):
    """Long while the fast average is above the slow one."""
    return (ta.sma(data.close, fast) > ta.sma(data.close, slow)) * 0.95
