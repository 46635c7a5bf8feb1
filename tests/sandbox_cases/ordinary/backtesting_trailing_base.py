from naru import ta
from naru.compat.backtesting import Strategy


class Trailing(Strategy):
    """A base class that people derive from."""

    __n_atr = 6.0
    __atr = None

    def init(self):
        super().init()
        self.set_atr_periods()

    def set_atr_periods(self, periods: int = 14):
        self.__atr = self.I(ta.atr, self.data.High, self.data.Low, self.data.Close, periods)

    def set_trailing_sl(self, n_atr: float = 6):
        self.__n_atr = n_atr

    def next(self):
        super().next()
        for trade in self.trades:
            if trade.is_long and self.data.Close[-1] < trade.entry_price - self.__atr[-1] * self.__n_atr:
                self.position.close()


class Momentum(Trailing):
    def init(self):
        super().init()
        self.set_trailing_sl(2)
        self.mom = self.I(ta.roc, self.data.Close, 10)

    def next(self):
        super().next()
        if not self.position and self.mom[-1] > 0:
            self.buy(size=0.5)
