import math
import statistics as st
from typing import Callable, NamedTuple

import numpy as np
from naru import Strategy, ta


class Context:
    """zipline's context: a bag of attributes."""


class Factor:
    window_length = 10

    def __init__(self, window_length=None):
        self.window_length = window_length or self.window_length

    def compute(self, values):
        raise NotImplementedError

    def __add__(self, other):
        return Combined(self, other, lambda a, b: a + b)

    def __mul__(self, other):
        return Combined(self, other, lambda a, b: a * b)

    def __call__(self, series):
        return self.compute(series[-self.window_length:])


class Combined(Factor):
    def __init__(self, a, b, how: Callable):
        super().__init__(max(a.window_length, b.window_length))
        self.a, self.b, self.how = a, b, how

    def __call__(self, series):
        return self.how(self.a(series), self.b(series))


class Returns(Factor):
    def compute(self, values):
        return values[-1] / values[0] - 1


class ZScore(Factor):
    window_length = 20

    def compute(self, values):
        sd = np.std(values, ddof=1)
        return (values[-1] - np.mean(values)) / sd if sd else 0.0


class Pick(NamedTuple):
    score: float
    symbol: str


def initialize(context):
    context.pipeline = Returns() + ZScore(15) * Returns(5)
    context.max_leverage = 0.9
    context.trades = 0


def handle_data(context, algo):
    picks = sorted(
        (Pick(context.pipeline(algo.data[s].close), s) for s in algo.data.symbols),
        key=lambda p: (-p.score, p.symbol),
    )
    scores = [p.score for p in picks]
    if len(scores) > 1 and not math.isclose(st.pstdev(scores), 0.0, abs_tol=1e-12):
        winner, *losers = picks
        if not algo.positions[winner.symbol]:
            algo.target(percent=context.max_leverage / 2, symbol=winner.symbol)
            context.trades += 1
        for loser in losers:
            if algo.positions[loser.symbol]:
                algo.target(percent=0, symbol=loser.symbol)


class Algorithm(Strategy):
    warmup = 25

    def init(self):
        self.context = Context()
        initialize(self.context)

    def on_bar(self):
        if len(self.data) % 10 == 0:
            handle_data(self.context, self)

    def on_stop(self):
        self.log({k: v for k, v in (("trades", self.context.trades),)})
