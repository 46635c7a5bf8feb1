from naru import Strategy


class Rebalance(Strategy):
    """Equal weights, checked at the open, with a drift band."""

    band = 0.05

    def init(self):
        self.every("at_open", self.check)

    def weights(self):
        return {
            symbol: position.value / self.equity if self.equity else 0.0
            for symbol, position in self.positions.items()
        }

    def check(self):
        goal = 0.9 / len(self.positions)
        drift = {s: w - goal for s, w in self.weights().items() if abs(w - goal) > self.band}
        for symbol in sorted(drift, key=drift.get):
            self.target(percent=goal, symbol=symbol, tag=f"{drift[symbol]:+.1%}")

    def on_bar(self):
        if len(self.data) == 1:
            self.check()
