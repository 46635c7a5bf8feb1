# ruff: noqa
from naru import Strategy, ta

OVERSOLD, OVERBOUGHT = 30, 70


class RsiBounds(Strategy):
    def init(self):
        self.rsi = self.indicator(ta.rsi, self.data.close, 14)

    def on_bar(self):
        if self.rsi[-1] < OVERSOLD and not self.position.is_long:
            self.buy(percent=0.5, sl=self.data.close[-1] * 0.97, tp=self.data.close[-1] * 1.05)
        elif self.rsi[-1] > OVERBOUGHT and self.position.is_long:
            self.position.close()
