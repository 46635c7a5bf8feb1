# ruff: noqa
import random

from naru import Strategy

random.seed(42)


class RandomEntry(Strategy):
    """The null hypothesis."""

    def on_bar(self):
        if random.random() < 0.1:
            side = random.choice(["buy", "sell"])
            if side == "buy":
                self.buy(0.1)
            elif self.position.is_long:
                self.position.close()
