# ruff: noqa
from naru import Strategy


class Spread(Strategy):
    """Trade the gap between high and low as if it were a spread."""

    def init(self):
        self.gaps = []

    def on_bar(self):
        gap = self.data.high[-1] - self.data.low[-1]
        self.gaps.append(gap)
        recent = self.gaps[-20:]
        wide = sum(g > gap for g in recent) < len(recent) * 0.2
        self.target(percent=0.3 if wide else 0)
