# ruff: noqa
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from naru import Strategy

LOT = Decimal("0.001")


def round_lot(size: float) -> float:
    return float(Decimal(str(size)).quantize(LOT, rounding=ROUND_DOWN))


class Lots(Strategy):
    def on_bar(self):
        if len(self.data) == 2:
            self.buy(round_lot(self.cash * 0.3 / self.data.close[-1]))
        if len(self.data) == 30:
            self.sell(self.position.size * float(Fraction(1, 2)))
