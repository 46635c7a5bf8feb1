import random
import numpy as np
from naru import Strategy, param


class Rules(Strategy):
    seed = param(7, low=0, high=1000)

    def on_start(self):
        rng = random.Random(self.seed)
        self.rules = [(rng.choice([1, 2, 5, 10]), rng.uniform(-0.01, 0.01)) for _ in range(9)]
        self.noise = np.random.default_rng(self.seed).normal(size=100)
        random.shuffle(self.rules)

    def on_bar(self):
        closes = self.data.close[-11:]
        if closes.size < 11:
            return
        votes = sum((closes[-1] / closes[-1 - lag] - 1) > edge for lag, edge in self.rules)
        if votes + 0.1 * self.noise[len(self.data) % 100] > 6 and not self.position:
            self.buy(percent=0.5)
        elif votes < 3 and self.position:
            self.position.close()
