import numpy as np
from naru import Strategy


class Context:
    pass


context = Context()


def initialize(context):
    context.i = 0
    context.window = 30


def handle_data(context, algo):
    context.i += 1
    if context.i < context.window:
        return
    history = algo.data.close[-context.window:]
    short_mavg, long_mavg = history[-10:].mean(), np.mean(history)
    if short_mavg > long_mavg:
        algo.target(percent=0.5)
    elif short_mavg < long_mavg:
        algo.target(percent=0.0)
    algo.plot("short", short_mavg)


class Zipline(Strategy):
    def on_start(self):
        initialize(context)

    def on_bar(self):
        handle_data(context, self)
