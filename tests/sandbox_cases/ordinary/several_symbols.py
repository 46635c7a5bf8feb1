# ruff: noqa
from naru import Strategy


class Rotation(Strategy):
    lookback = 10
    warmup = 12

    def on_bar(self):
        if len(self.data) % 20:
            return
        ranked = sorted(
            self.data,
            key=lambda symbol: (
                self.data[symbol].close[-1] / self.data[symbol].close[-self.lookback]
            ),
            reverse=True,
        )
        for place, symbol in enumerate(ranked):
            self.target(percent=0.9 if place == 0 else 0.0, symbol=symbol)
