from collections import ChainMap, OrderedDict, defaultdict, deque, namedtuple
from operator import attrgetter, itemgetter

from naru import Strategy

Row = namedtuple("Row", "symbol score volume", defaults=[0.0])
DEFAULTS = {"top": 1, "weight": 0.4}


class Ranking(Strategy):
    def init(self):
        self.options = ChainMap({"weight": 0.3}, DEFAULTS)
        self.history = defaultdict(lambda: deque(maxlen=20))
        self.seen = OrderedDict()

    def on_bar(self):
        symbols = {"BTC-USD", "ETH-USD"}
        for symbol in sorted(symbols):
            self.history[symbol].append(float(self.data[symbol].close[-1]))
        rows = [
            Row(symbol, closes[-1] / closes[0] - 1, float(self.data[symbol].volume[-1]))
            for symbol, closes in self.history.items()
        ]
        rows.sort(key=attrgetter("score"), reverse=True)
        best = {row.symbol for row in rows[: self.options["top"]]}
        rest = symbols - best
        for symbol in sorted(best | rest):
            self.target(percent=self.options["weight"] if symbol in best else 0.0, symbol=symbol)
        self.seen.update({row.symbol: row._replace(volume=0.0) for row in rows})
        self.seen.move_to_end(min(rows, key=itemgetter(1)).symbol)
        assert best.isdisjoint(rest) and best <= symbols
        assert {k: v for k, v in self.seen.items()}.keys() == symbols
