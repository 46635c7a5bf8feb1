import copy
from types import MappingProxyType, SimpleNamespace

from naru import Strategy

CONFIG = MappingProxyType({"length": 10, "weights": (0.2, 0.4)})


class Namespaced(Strategy):
    def init(self):
        self.s = SimpleNamespace(high=None, low=None, trades=0, **CONFIG)
        self.start = copy.deepcopy(self.s)

    def on_bar(self):
        s = self.s
        s.high = max(float(x) for x in self.data.high[-s.length:])
        s.low = min(float(x) for x in self.data.low[-s.length:])
        if self.data.close[-1] > (s.high + s.low) / 2 and not self.position:
            self.buy(percent=CONFIG["weights"][s.trades % 2])
            s.trades += 1
        elif self.data.close[-1] < s.low * 1.001:
            self.position.close()
        assert self.start.high is None and "length" in CONFIG
