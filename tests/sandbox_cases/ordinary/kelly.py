# ruff: noqa
from naru import Strategy


class Kelly(Strategy):
    def fraction(self):
        closed = [trade.pnl for trade in self.trades]
        wins = [pnl for pnl in closed if pnl > 0]
        losses = [-pnl for pnl in closed if pnl <= 0]
        if not wins or not losses:
            return 0.1
        p = len(wins) / len(closed)
        b = (sum(wins) / len(wins)) / (sum(losses) / len(losses))
        return max(0.01, min(0.25, p - (1 - p) / b))

    def on_bar(self):
        n = len(self.data)
        if n % 8 == 0:
            self.buy(percent=self.fraction())
        elif n % 8 == 5:
            self.position.close()
