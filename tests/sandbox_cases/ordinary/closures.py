# ruff: noqa
from functools import partial, reduce

from naru import Strategy


def make_filter(threshold, *, inclusive=False):
    count = 0

    def passes(value):
        nonlocal count
        count += 1
        return value >= threshold if inclusive else value > threshold

    def seen():
        return count

    passes_all = partial(passes)
    return passes_all, seen


class Filtered(Strategy):
    def init(self):
        self.passes, self.seen = make_filter(100.0, inclusive=True)
        self.product = lambda values: reduce(lambda a, b: a * b, values, 1.0)

    def on_bar(self):
        if self.passes(self.data.close[-1]) and self.product([1, 2]) == 2.0:
            self.buy(0.05)

    def on_stop(self):
        print("seen", self.seen())
