"""Two timeframes: the slow one gives the direction, the fast one the moment.

``resample`` shows daily bars to an hourly strategy, only those that have closed. While the daily
average rises, hourly dips are bought.

Run it on hourly bars: ``naru backtest examples/multi_timeframe.py --data EURUSD_1h.parquet``
"""

from naru import Strategy, param, ta


class MultiTimeframe(Strategy):
    """Buy hourly dips in a daily uptrend."""

    trend_days = param(20, low=2, high=200)
    oversold = param(30.0, low=5.0, high=50.0)
    recovered = param(55.0, low=40.0, high=90.0)

    def init(self):
        daily = self.data.resample("1d")
        self.trend = self.indicator(ta.ema, daily.close, self.trend_days)
        self.rsi = self.indicator(ta.rsi, self.data.close, 14)
        self.range = self.indicator(ta.atr, self.data.high, self.data.low, self.data.close, 24)

    def on_bar(self):
        rising = self.trend[-1] > self.trend[-2]
        if self.position:
            if self.rsi > self.recovered or not rising:
                self.position.close()
        elif rising and self.rsi < self.oversold:
            self.buy(percent=0.95, sl=self.data.close[-1] - 4 * self.range[-1])
