from naru import Strategy, param


class Grid(Strategy):
    levels = param(5, low=1, high=20)
    gap = param(0.01, low=0.001, high=0.1)

    def on_start(self):
        self.base = self.data.close[-1]
        self.resting = {}

    def on_bar(self):
        for n in range(1, self.levels + 1):
            order = self.resting.get(n)
            if order is None or not order.is_open:
                price = self.base * (1 - n * self.gap)
                self.resting[n] = self.buy(size=0.01, limit=price, tp=price * (1 + self.gap), tag=f"grid{n}")
        if self.data.close[-1] > self.base * 1.05:
            while self.resting:
                _, order = self.resting.popitem()
                order.cancel()
            self.base = self.data.close[-1]
