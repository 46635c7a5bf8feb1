"""Own the night, not the day: buy the close, sell the open.

Much of the return of stock indices has come between the close and the next open. The two orders
ask for the day's last and first price by name. It trades every day, so commission decides.

Run it: ``naru backtest examples/overnight.py --data bars.parquet --commission-bps 1``
"""

from naru import Strategy, param, ta


class Overnight(Strategy):
    """Hold from each close to the next open while the trend is up."""

    period = param(100, low=2, high=400)

    def init(self):
        self.trend = self.indicator(ta.sma, self.data.close, self.period)

    def on_bar(self):
        if self.position:
            self.position.close()
        elif self.data.close[-1] > self.trend[-1]:
            self.buy(percent=0.98, at="close")
