from naru import ta
from naru.compat.backtesting import Strategy, crossover


class Sma4Cross(Strategy):
    n1 = 50
    n2 = 100
    n_enter = 20
    n_exit = 10

    def init(self):
        for name, n in (("sma1", self.n1), ("sma2", self.n2), ("enter", self.n_enter), ("leave", self.n_exit)):
            setattr(self, name, self.I(ta.sma, self.data.Close, n))

    def next(self):
        if not self.position:
            if self.sma1 > self.sma2:
                if crossover(self.data.Close, self.enter):
                    self.buy()
            elif crossover(self.enter, self.data.Close):
                self.sell()
        elif (self.position.is_long and crossover(self.leave, self.data.Close)) or (
            self.position.is_short and crossover(self.data.Close, self.leave)
        ):
            self.position.close()
