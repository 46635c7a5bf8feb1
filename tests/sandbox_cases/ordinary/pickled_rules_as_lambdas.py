"""Rules as data: lists of lambdas, partials, map, filter, reduce, any, all."""
from functools import partial, reduce
from operator import add, gt, lt, mul

from naru import Strategy, ta

RULES = [
    ("above", lambda s: s.data.close[-1] > s.ma[-1]),
    ("calm", lambda s: s.atr[-1] / s.data.close[-1] < 0.05),
    ("not late", lambda s: len(s.data) < 390),
]
compose = lambda *fs: reduce(lambda f, g: lambda x: g(f(x)), fs)
double_plus_one = compose(partial(mul, 2), partial(add, 1))


class Ruled(Strategy):
    def init(self):
        self.ma = self.indicator(ta.wma, self.data.close, 15)
        self.atr = self.indicator(ta.atr, self.data.high, self.data.low, self.data.close, 14)

    def on_bar(self):
        verdicts = {name: bool(rule(self)) for name, rule in RULES}
        failed = [*filter(lambda name: not verdicts[name], verdicts)]
        compare = gt if all(verdicts.values()) else lt
        if compare(1, 0) and not self.position:
            self.buy(percent=double_plus_one(0.1) / 4)
        elif not any(map(verdicts.get, ("above", "calm"))) or len(failed) > 1:
            self.position.close()
