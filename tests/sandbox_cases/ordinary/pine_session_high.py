import math
from naru import Strategy


class SessionHigh(Strategy):
    """ta.highest, math.round, na checks, bar_index."""

    def on_start(self):
        self.bar_index = 0
        self.session_high = float("nan")
        self.session_low = float("nan")

    def on_bar(self):
        self.bar_index += 1
        h, l = self.data.high[-1], self.data.low[-1]
        self.session_high = h if math.isnan(self.session_high) else max(self.session_high, h)
        self.session_low = l if math.isnan(self.session_low) else min(self.session_low, l)
        if self.now.minute == 0:
            self.session_high, self.session_low = h, l
        mid = round((self.session_high + self.session_low) / 2, 2)
        if self.data.close[-1] > mid and not self.position:
            self.buy(value=1000)
        elif self.data.close[-1] < mid and self.position:
            self.position.close()
