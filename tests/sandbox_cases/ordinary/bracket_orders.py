# ruff: noqa
from naru import Strategy


class Bracket(Strategy):
    def on_bar(self):
        if self.position.size == 0 and not self.orders:
            price = self.data.close[-1]
            self.entry = self.buy(1, limit=price * 0.999, sl=price * 0.98, tp=price * 1.02)
        elif self.orders and len(self.data) % 15 == 0:
            for order in self.orders:
                order.cancel()

    def on_order(self, order):
        self.log(order.id, order.status)
