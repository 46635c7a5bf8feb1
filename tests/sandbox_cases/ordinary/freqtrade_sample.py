"""A freqtrade strategy's shape: indicators, entry, exit, roi table, stoploss."""
from typing import Dict, Optional
from naru import Strategy, ta


class SampleStrategy(Strategy):
    INTERFACE_VERSION = 3
    minimal_roi: Dict[str, float] = {"60": 0.01, "30": 0.02, "0": 0.04}
    stoploss: float = -0.10
    trailing_stop = False
    timeframe = "5m"
    process_only_new_candles = True
    startup_candle_count: int = 30

    def init(self):
        self.populate_indicators()

    def populate_indicators(self) -> None:
        close = self.data.close
        self.rsi = self.indicator(ta.rsi, close, 14)
        self.bands = self.indicator(ta.bollinger, close, 20, 2.0)
        self.tema = self.indicator(ta.tema, close, 9)
        self.entered_at: Optional[int] = None

    def populate_entry_trend(self) -> bool:
        return (self.rsi[-1] > 30) & (self.tema[-1] <= self.bands[1][-1]) & (self.data.volume[-1] > 0)

    def roi(self, minutes: int) -> float:
        for key in sorted(self.minimal_roi, key=int, reverse=True):
            if minutes >= int(key):
                return self.minimal_roi[key]
        return 1.0

    def on_bar(self):
        if not self.position:
            if self.populate_entry_trend():
                self.buy(percent=0.9, sl=self.data.close[-1] * (1 + self.stoploss), tag="entry")
                self.entered_at = len(self.data)
            return
        profit = self.data.close[-1] / self.position.avg_price - 1
        if profit >= self.roi(len(self.data) - self.entered_at):
            self.position.close(tag="roi")
