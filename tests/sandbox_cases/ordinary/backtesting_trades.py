"""Stops that follow the price, and trades that are ended one by one."""
import numpy as np
from naru import ta
from naru.compat.backtesting import Strategy, crossover


class TrailingTrades(Strategy):
    n_atr = 3
    most_bars = 40

    def init(self):
        self.atr = self.I(ta.atr, self.data.High, self.data.Low, self.data.Close, 14)
        self.fast = self.I(ta.sma, self.data.Close, 5)
        self.slow = self.I(ta.sma, self.data.Close, 15)

    def next(self):
        price = self.data.Close[-1]
        distance = self.n_atr * self.atr[-1]
        for trade in self.trades:
            if trade.is_long:
                trade.sl = max(trade.sl or -np.inf, price - distance)
            else:
                trade.sl = min(trade.sl or np.inf, price + distance)
            trade.tp, trade.sl = trade.entry_price + 4 * distance * np.sign(trade.size), trade.sl
            if len(self.data) - trade.entry_bar > self.most_bars:
                trade.close()
            elif trade.pl_pct > 0.02:
                trade.close(portion=0.5)
                trade.tp = None
        if crossover(self.fast, self.slow):
            self.buy(size=0.2)
        elif crossover(self.slow, self.fast):
            for trade in self.trades:
                trade.close()
