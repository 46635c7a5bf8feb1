from collections import deque
from naru import Strategy, ta


def nz(x, y=0.0):
    return y if x != x else x


class var:
    """Pine's `var`: set once, changed later."""

    def __init__(self, value):
        self.value = value

    def __iadd__(self, other):
        self.value += other
        return self


class ValueWhen(Strategy):
    def init(self):
        self.rsi = self.indicator(ta.rsi, self.data.close, 14)
        self.lows = deque(maxlen=3)
        self.count = var(0)

    def on_bar(self):
        src = self.rsi
        pivot = src[-2] < src[-1] and src[-2] < nz(src[-3], 100.0)
        if pivot:
            self.lows.append((len(self.data), src[-2]))
            self.count += 1
        if len(self.lows) == 3 and self.lows[-1][1] > self.lows[-2][1] > self.lows[-3][1]:
            self.buy(percent=0.3, tp=self.data.close[-1] * 1.03, sl=self.data.close[-1] * 0.98)
            self.lows.clear()
