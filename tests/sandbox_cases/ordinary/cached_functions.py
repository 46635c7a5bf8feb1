# ruff: noqa
from functools import lru_cache

from naru import Strategy


@lru_cache(maxsize=128)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


class Fibonacci(Strategy):
    LEVELS = [0.236, 0.382, 0.5, 0.618]

    warmup = 20

    def on_bar(self):
        high, low = max(self.data.high[-20:]), min(self.data.low[-20:])
        prices = {level: high - (high - low) * level for level in self.LEVELS}
        nearest = min(prices, key=lambda level: abs(prices[level] - self.data.close[-1]))
        if nearest == 0.618 and fibonacci(10) == 55:
            self.buy(0.1)
