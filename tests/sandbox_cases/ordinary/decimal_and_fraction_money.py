from decimal import ROUND_DOWN, Decimal, getcontext, localcontext
from fractions import Fraction

from naru import Strategy

TICK = Decimal("0.01")


class Exact(Strategy):
    def init(self):
        self.spent = Decimal(0)
        self.share = Fraction(1, 3)

    def on_bar(self):
        price = Decimal(str(self.data.close[-1])).quantize(TICK, rounding=ROUND_DOWN)
        if self.spent < 1000:
            size = (Decimal(100) / price).quantize(Decimal("0.0001"), rounding=ROUND_DOWN)
            self.buy(float(size), limit=float(price))
            self.spent += size * price
            with localcontext() as context:
                context.prec = 6
                self.ratio = self.spent / 3
        if len(self.data) == 5:
            self.log(self.spent, self.share.limit_denominator(10), float(self.share), getcontext().prec)
