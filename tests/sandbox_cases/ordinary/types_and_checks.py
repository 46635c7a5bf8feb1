from collections.abc import Callable, Mapping, Sequence
from numbers import Number
import numpy as np
from naru import Strategy


def describe(x):
    kind = type(x)
    if kind in (int, float):
        return "number"
    if isinstance(x, (list, tuple, np.ndarray)):
        return "sequence of {}".format(type(x[0]).__name__)
    if callable(x):
        return type(x).__name__ + " " + x.__name__
    return x.__class__.__name__


class Checks(Strategy):
    def on_bar(self):
        words = [describe(v) for v in (1, 1.5, [1.0], np.ones(2), describe, self.on_bar, {}, None, "x", self.data)]
        assert words[4] == "function describe" and words[5] == "method on_bar", words
        assert isinstance(self.data.close[-5:], type(np.zeros(1)))
        assert isinstance(1.0, Number) and isinstance({}, Mapping) and not isinstance({}, Sequence)
        assert type(np.zeros(1)) is type(np.ones(2)) and type(self) is Checks
        if hash(("a", 1)) == hash(("a", 1)):
            self.log(" ".join(words))
