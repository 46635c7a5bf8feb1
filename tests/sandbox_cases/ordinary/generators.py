# ruff: noqa
import itertools

from naru import Strategy


def cycle_sizes(*sizes):
    while True:
        for size in sizes:
            received = yield size
            if received == "reset":
                break


class Generators(Strategy):
    def init(self):
        self.sizes = cycle_sizes(0.1, 0.2, 0.3)
        self.numbers = itertools.count(1)

    def on_bar(self):
        n = next(self.numbers)
        if n % 7 == 0:
            self.buy(next(self.sizes), tag=f"n{n}")
        if n % 20 == 0:
            self.sizes.send("reset")
            self.position.close()
