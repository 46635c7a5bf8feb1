from naru import Strategy


class Scheduled(Strategy):
    """self.Schedule.On(...), Debug(...), SetHoldings(...)."""

    def init(self):
        self.Initialize()

    def Initialize(self):
        self.month = -1
        self.every("1h", self.Rebalance)
        self.weights = {symbol: 1.0 / len(self.data.symbols) for symbol in self.data.symbols}

    def Debug(self, message: str):
        self.log(f"{self.now:%Y-%m-%d %H:%M} {message}")

    def SetHoldings(self, symbol, weight):
        return self.target(percent=weight * 0.95, symbol=symbol)

    def Rebalance(self):
        for symbol, weight in self.weights.items():
            self.SetHoldings(symbol, weight)
        self.Debug("rebalanced {} symbols at {:.2f}".format(len(self.weights), self.equity))

    def on_bar(self):
        pass
