"""Rotation: hold the strongest few of many.

At the first bar of every month the instruments are ranked by their growth over half a year. The
best ``hold`` of those that grew at all share the account equally; whatever is left stays in cash.

Run it with several instruments:
``naru backtest examples/rotation.py --data A.parquet --data B.parquet --data C.parquet``
"""

from naru import Strategy, param, ta


class Rotation(Strategy):
    """Monthly: equal weights in the instruments with the strongest six months."""

    lookback = param(126, low=20, high=400)
    hold = param(2, low=1, high=20)

    def init(self):
        self.growth = {
            symbol: self.indicator(ta.roc, self.data[symbol].close, self.lookback)
            for symbol in self.data.symbols
        }

    def on_start(self):
        self.state.setdefault("month", 0)

    def on_bar(self):
        if self.now.month == self.state["month"]:
            return
        self.state["month"] = self.now.month
        ranked = sorted(self.growth, key=lambda symbol: -self.growth[symbol][-1])
        best = [symbol for symbol in ranked[: self.hold] if self.growth[symbol] > 0]
        for symbol in self.data.symbols:
            if symbol not in best and self.positions[symbol]:
                self.positions[symbol].close()
        # What has grown is cut first, so that there is cash for the rest.
        for symbol in sorted(best, key=lambda symbol: -self.positions[symbol].value):
            self.target(percent=0.95 / self.hold, symbol=symbol)
