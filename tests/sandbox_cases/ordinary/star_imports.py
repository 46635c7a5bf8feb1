# ruff: noqa
from math import *

from naru import *


class Stars(Strategy):
    def init(self):
        self.sma = self.indicator(ta.sma, self.data.close, 5)

    def on_bar(self):
        if sqrt(self.data.close[-1]) > sqrt(self.sma[-1]):
            self.target(percent=0.2)
