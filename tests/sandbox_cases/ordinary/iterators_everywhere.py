import itertools as it
import operator as op
from collections import ChainMap, Counter, OrderedDict, defaultdict
from heapq import heappop, heappush, nlargest
from bisect import bisect_left, insort
from naru import Strategy


class Streams(Strategy):
    def on_start(self):
        self.sorted_closes = []
        self.heap = []
        self.by_hour = defaultdict(list)

    def on_bar(self):
        close = self.data.close[-1]
        insort(self.sorted_closes, close)
        heappush(self.heap, (-close, len(self.data)))
        self.by_hour[self.now.hour].append(close)
        rank = bisect_left(self.sorted_closes, close) / len(self.sorted_closes)
        pairs = list(it.pairwise(self.data.close[-4:]))
        ups = sum(it.starmap(op.lt, pairs))
        groups = {k: len(list(g)) for k, g in it.groupby(sorted(map(round, self.data.close[-6:])))}
        merged = ChainMap(groups, {"extra": 1})
        top = nlargest(2, self.heap, key=op.itemgetter(0))
        common = Counter(groups).most_common(1)
        if rank > 0.9 and ups >= 2 and len(merged) > 1 and top and common:
            self.sell(size=0.05)
        elif rank < 0.1:
            self.buy(size=0.05)
        if len(self.heap) > 50:
            heappop(self.heap)
