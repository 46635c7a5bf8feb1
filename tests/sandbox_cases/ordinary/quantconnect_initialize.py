"""A Lean algorithm's shape: Initialize, SetHoldings, Liquidate, Portfolio, Debug."""
from datetime import timedelta
from naru import Strategy, ta


class QCAlgorithm(Strategy):
    def init(self):
        self._schedule = []
        self.Initialize()

    @property
    def Portfolio(self):
        return self

    @property
    def Invested(self):
        return bool(self.position)

    @property
    def Time(self):
        return self.now

    def Debug(self, message):
        self.log(str(message))

    def SetHoldings(self, symbol, weight):
        self.target(percent=weight, symbol=symbol)

    def Liquidate(self, symbol):
        self.target(percent=0, symbol=symbol)

    def on_bar(self):
        self.OnData({s: self.data[s] for s in ("BTC-USD", "ETH-USD")})


class Momentum(QCAlgorithm):
    def Initialize(self):
        self.symbol = "BTC-USD"
        self.sma = self.indicator(ta.sma, self.data[self.symbol].close, 30)
        self.next_entry = None
        self.holding_time = timedelta(hours=1)

    def OnData(self, data):
        if self.symbol not in data:
            return
        price = data[self.symbol].close[-1]
        if self.next_entry is None:
            self.next_entry = self.Time
        if self.Time >= self.next_entry and price > self.sma[-1]:
            self.SetHoldings(self.symbol, 0.5)
            self.next_entry = self.Time + self.holding_time
            self.Debug(f"Bought at {self.Time:%Y-%m-%d %H:%M} for {price:,.2f}")
        elif price < self.sma[-1] * 0.99:
            self.Liquidate(self.symbol)
