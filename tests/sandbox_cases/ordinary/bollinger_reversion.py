# ruff: noqa
from naru import Strategy, param, ta


class BollingerReversion(Strategy):
    """Buy below the lower band, leave at the middle."""

    period = param(20, low=5, high=100)
    width = param(2.0, low=0.5, high=4.0)

    def init(self):
        self.bands = self.indicator(ta.bollinger, self.data.close, self.period, self.width)

    def on_bar(self):
        price = self.data.close[-1]
        upper, middle, lower = self.bands
        if price < lower[-1] and self.position.size == 0:
            self.buy(percent=0.95)
        elif price > middle[-1] and self.position.size > 0:
            self.position.close()
