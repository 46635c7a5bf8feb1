# ruff: noqa
import bisect
import heapq

from naru import Strategy


class Levels(Strategy):
    def init(self):
        self.lows = []
        self.sorted = []

    def on_bar(self):
        heapq.heappush(self.lows, self.data.low[-1])
        bisect.insort(self.sorted, self.data.close[-1])
        rank = bisect.bisect_left(self.sorted, self.data.close[-1]) / len(self.sorted)
        if rank > 0.9:
            self.sell(0.01, reduce_only=True) if self.position.is_long else self.buy(0.01)
        if len(self.lows) > 20:
            smallest = heapq.nsmallest(3, self.lows)
            self.plot("support", sum(smallest) / 3)
