"""Zipline's functions over a context object."""
from types import SimpleNamespace

import numpy as np
from naru import Strategy


def initialize(context):
    context.i = 0
    context.assets = ["BTC-USD", "ETH-USD"]
    context.lookback = 40


def handle_data(context, data):
    context.i += 1
    if context.i < context.lookback:
        return
    momentum = {a: data.history(a, "price", context.lookback) for a in context.assets}
    scores = {a: h[-1] / h[0] - 1 for a, h in momentum.items()}
    winner = max(scores, key=scores.get)
    for asset in context.assets:
        context.order_target_percent(asset, 0.8 if asset == winner and scores[asset] > 0 else 0.0)


class DataPortal:
    def __init__(self, strategy):
        self._strategy = strategy

    def current(self, asset, field):
        return getattr(self._strategy.data[asset], "close" if field == "price" else field)[-1]

    def history(self, asset, field, bar_count):
        return np.array(self._strategy.data[asset].close[-bar_count:])


class Runner(Strategy):
    def init(self):
        self.context = SimpleNamespace(order_target_percent=self.order_target_percent)
        self.portal = DataPortal(self)
        initialize(self.context)

    def order_target_percent(self, asset, percent):
        self.target(percent=percent, symbol=asset)

    def on_bar(self):
        assert self.portal.current("BTC-USD", "price") == self.data["BTC-USD"].close[-1]
        handle_data(self.context, self.portal)
