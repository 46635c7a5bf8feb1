"""Freqtrade's method names, with arrays in place of the data frame."""
import numpy as np
from naru import Strategy, ta


class IStrategy(Strategy):
    minimal_roi = {"60": 0.01, "30": 0.03, "0": 0.04}
    stoploss = -0.10
    timeframe = "1m"
    startup_candle_count: int = 30
    can_short: bool = False

    def init(self):
        self.entered_at = None
        self.columns = {}
        self.populate_indicators(self.columns, {"pair": "BTC-USD"})

    def roi(self, minutes):
        usable = [(int(k), v) for k, v in self.minimal_roi.items() if int(k) <= minutes]
        return max(usable)[1]

    def on_bar(self):
        profit = self.position.pnl / self.equity
        if self.position:
            minutes = (self.now - self.entered_at).total_seconds() // 60
            if profit >= self.roi(minutes) or profit <= self.stoploss or self.exit_signal():
                self.position.close()
        elif self.entry_signal():
            self.entered_at = self.now
            self.buy(percent=0.99 if not self.can_short else 0.5)


class Sample(IStrategy):
    buy_rsi = 45

    def populate_indicators(self, dataframe, metadata):
        close, high, low = self.data.close, self.data.high, self.data.low
        dataframe["rsi"] = self.indicator(ta.rsi, close, 14)
        dataframe["macd"] = self.indicator(ta.macd, close, 12, 26, 9)
        dataframe["atr"] = self.indicator(ta.atr, high, low, close, 14)
        dataframe["bb"] = self.indicator(ta.bollinger, close, 20, 2)

    def entry_signal(self):
        d = self.columns
        return d["rsi"][-1] < self.buy_rsi and self.data.volume[-1] > 0 and bool(np.isfinite(d["atr"][-1]))

    def exit_signal(self):
        macd, signal, hist = self.columns["macd"]
        return hist[-1] < 0 and macd[-1] < signal[-1]
