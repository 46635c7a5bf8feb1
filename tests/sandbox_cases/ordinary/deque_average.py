# ruff: noqa
from collections import deque

from naru import Strategy


class DequeAverage(Strategy):
    def __init__(self):
        super().__init__()
        self.window = deque(maxlen=10)

    def on_bar(self):
        self.window.append(self.data.close[-1])
        if len(self.window) < self.window.maxlen:
            return
        average = sum(self.window) / len(self.window)
        if self.data.close[-1] > average and not self.position:
            self.buy(1)
