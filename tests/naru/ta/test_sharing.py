import numpy as np

from naru import ta
from naru.ta.sharing import shared


def frozen(rows=50):
    values = np.arange(float(rows))
    values.flags.writeable = False
    return values


def test_the_same_call_is_computed_once_and_read_only():
    close = frozen()
    with shared():
        first = ta.sma(close, 5)
        assert ta.sma(close, 5) is first
        assert not first.flags.writeable
        assert ta.sma(close, 6) is not first
        assert ta.ema(close, 5) is not first
    assert ta.sma(close, 5) is not first


def test_arrays_that_may_change_are_computed_anew():
    close = np.arange(50.0)
    with shared():
        before = ta.sma(close, 5)
        close += 1
        np.testing.assert_array_equal(ta.sma(close, 5), before + 1)


def test_lists_and_keywords_are_computed_anew():
    close = frozen()
    with shared():
        wanted = ta.sma(close, 5)
        np.testing.assert_array_equal(ta.sma(close.tolist(), 5), wanted)
        np.testing.assert_array_equal(ta.sma(series=close, period=5), wanted)
