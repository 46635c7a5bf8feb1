# ruff: noqa
from naru import Strategy


class RollingStats:
    """Mean and variance in one pass."""

    __slots__ = ("_count", "_mean", "_m2")

    def __init__(self):
        self._count = 0
        self._mean = 0.0
        self._m2 = 0.0

    def push(self, x):
        self._count += 1
        delta = x - self._mean
        self._mean += delta / self._count
        self._m2 += delta * (x - self._mean)
        return self

    @property
    def mean(self):
        return self._mean

    @property
    def variance(self):
        return self._m2 / (self._count - 1) if self._count > 1 else 0.0

    def __len__(self):
        return self._count

    def __repr__(self):
        return f"RollingStats(n={self._count}, mean={self._mean:.2f})"


class Welford(Strategy):
    def init(self):
        self._stats = RollingStats()

    def on_bar(self):
        self._stats.push(self.data.close[-1])
        if len(self._stats) > 5 and self.data.close[-1] < self._stats.mean:
            self.buy(0.1)

    def on_stop(self):
        self.log(self._stats)
