import numpy as np
from naru import Strategy


class Pairs(Strategy):
    lookback = 60

    def on_bar(self):
        a, b = (self.data[s].close[-self.lookback:] for s in self.data.symbols[:2])
        if len(a) < self.lookback:
            return
        beta, alpha = np.polyfit(b, a, 1)
        spread = a - (beta * b + alpha)
        z = (spread[-1] - spread.mean()) / (spread.std(ddof=1) or 1.0)
        first, second = self.data.symbols[:2]
        if z > 2:
            self.target(percent=-0.3, symbol=first)
            self.target(percent=0.3, symbol=second)
        elif z < -2:
            self.target(percent=0.3, symbol=first)
            self.target(percent=-0.3, symbol=second)
        elif abs(z) < 0.5:
            for s in (first, second):
                if self.positions[s]:
                    self.positions[s].close()
