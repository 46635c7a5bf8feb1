# ruff: noqa
from naru import Strategy


class Nested(Strategy):
    class Config:
        window = 6
        threshold = 0.001

    def on_bar(self):
        cfg = self.Config

        def change(bars):
            def safe(i):
                return self.data.close[i] or 1.0

            return safe(-1) / safe(-bars) - 1

        if len(self.data) > cfg.window and change(cfg.window) > cfg.threshold:
            self.target(size=1.5)
        while self.position.size > 5:
            self.position.close()
            break
