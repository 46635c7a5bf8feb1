import numpy as np
from naru import Strategy, param, ta


class KellySizer(Strategy):
    """Sizes by what closed trades came to; halves after losses."""

    length = param(20, low=5, high=100)
    cap = param(0.5, low=0.1, high=1.0)

    def init(self):
        self.mid = self.indicator(ta.sma, self.data.close, self.length)
        self.peak = self.equity

    def kelly(self):
        results = np.array([trade.pnl for trade in self.trades if getattr(trade, "exit_ts", 1) is not None])
        wins, losses = results[results > 0], results[results < 0]
        if wins.size < 2 or losses.size < 2:
            return 0.1
        p, b = wins.size / results.size, wins.mean() / abs(losses.mean())
        return float(np.clip(p - (1 - p) / b, 0.02, self.cap))

    def on_bar(self):
        self.peak = max(self.peak, self.equity)
        drawdown = 1 - self.equity / self.peak
        size = self.kelly() * (0.5 if drawdown > 0.05 else 1.0)
        price = self.data.close[-1]
        if price > self.mid[-1] and not self.position:
            self.buy(percent=size, sl=price * 0.98)
        elif price < self.mid[-1] and self.position.is_long:
            self.position.close()
        self.state["peak"] = round(self.peak, 4)
