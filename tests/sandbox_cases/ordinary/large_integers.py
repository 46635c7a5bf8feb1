"""Exact averages of everything so far, in fractions whose terms grow very long."""
from fractions import Fraction

from naru import Strategy


class ExactAverage(Strategy):
    def init(self):
        self.weight = Fraction(1)
        self.total = Fraction(0)

    def on_bar(self):
        self.weight *= Fraction(10_007, 10_009)
        self.total += self.weight * round(self.data.close[-1] * 100)
        large = self.total.numerator ** 40
        assert large // 10**9_000 == divmod(large, 10**9_000)[0]
        if not self.position and self.total > 0:
            self.buy(size=1)
