# ruff: noqa
import numpy as np

from naru import ta, vector


def scale(values, low=-1.0, high=1.0):
    return np.clip(np.nan_to_num(values), low, high)


@vector(momentum=10, smooth=3)
def vector_blend(data, momentum, smooth):
    """Blend two signals into one weight."""
    mom = ta.roc(data.close, momentum) / 100
    trend = np.sign(data.close - ta.ema(data.close, momentum))
    weight = 0.5 * scale(mom * 10) + 0.5 * trend
    kernel = np.ones(smooth) / smooth
    return scale(np.convolve(weight, kernel)[: len(weight)], 0.0, 0.9)
