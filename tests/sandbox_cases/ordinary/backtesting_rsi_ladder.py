"""Two RSIs of different length, as in Backtesting.py's tutorial."""
from naru.compat.backtesting import Strategy, crossover
from naru import ta


class System(Strategy):
    d_rsi = 30
    w_rsi = 30
    level = 70

    def init(self):
        self.ma10 = self.I(ta.sma, self.data.Close, 10)
        self.ma20 = self.I(ta.sma, self.data.Close, 20)
        self.daily_rsi = self.I(ta.rsi, self.data.Close, self.d_rsi)

    def next(self):
        price = self.data.Close[-1]
        if not self.position and self.daily_rsi[-1] > self.level and price > self.ma10[-1] > self.ma20[-1]:
            self.buy(sl=0.92 * price)
        elif price < 0.98 * self.ma10[-1]:
            self.position.close()
