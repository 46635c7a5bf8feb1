"""A balanced portfolio, brought back into balance when it drifts.

Each instrument has its share of the account. Once a week the shares are looked at, and if one has
drifted by more than ``band`` all are traded back: selling what has risen, buying what has fallen.

Run it with several instruments:
``naru backtest examples/balanced.py --data A.parquet --data B.parquet``
"""

from naru import Strategy, param


class Balanced(Strategy):
    """Equal shares of all instruments, rebalanced on drift."""

    band = param(0.05, low=0.0, high=0.5, doc="drift of a share that is let pass")

    def init(self):
        self.every("1w", self.look)

    def on_start(self):
        self.look()

    def look(self):
        """Trade back to equal shares if one has drifted."""
        share = 0.95 / len(self.data.symbols)
        held = {symbol: self.positions[symbol].value / self.equity for symbol in self.positions}
        if max(abs(weight - share) for weight in held.values()) > self.band:
            # What has grown is sold first, so that there is cash for the rest.
            for symbol in sorted(held, key=lambda symbol: -held[symbol]):
                self.target(percent=share, symbol=symbol)
