# ruff: noqa
from __future__ import annotations

import operator

from naru import Strategy


class Condition:
    def __init__(self, test):
        self.test = test

    def __and__(self, other: Condition) -> Condition:
        return Condition(lambda d: self.test(d) and other.test(d))

    def __or__(self, other: Condition) -> Condition:
        return Condition(lambda d: self.test(d) or other.test(d))

    def __invert__(self) -> Condition:
        return Condition(lambda d: not self.test(d))

    def __call__(self, data) -> bool:
        return bool(self.test(data))


rising = Condition(lambda d: d.close[-1] > d.close[-2])
wide = Condition(lambda d: operator.sub(d.high[-1], d.low[-1]) > 1)


class Conditions(Strategy):
    rule = (rising & ~wide) | wide

    def on_bar(self):
        if self.rule(self.data):
            self.buy(0.02)
