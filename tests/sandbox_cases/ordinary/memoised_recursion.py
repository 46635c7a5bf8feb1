from functools import cache, lru_cache, cached_property
from naru import Strategy


@cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


class Lots:
    def __init__(self, unit):
        self.unit = unit

    @cached_property
    def sizes(self):
        return [fib(n) * self.unit for n in range(1, 8)]

    @lru_cache(maxsize=None)
    def size(self, losses):
        return self.sizes[min(losses, len(self.sizes) - 1)]


class Fibonacci(Strategy):
    def on_start(self):
        self.lots = Lots(0.01)
        self.losses = 0

    def on_bar(self):
        if self.trades:
            self.losses = 0 if self.trades[-1].pnl > 0 else self.losses + 1
        if len(self.data) % 10 == 0 and not self.position:
            self.buy(size=self.lots.size(min(self.losses, 6)), sl=self.data.close[-1] * 0.99, tp=self.data.close[-1] * 1.01)
