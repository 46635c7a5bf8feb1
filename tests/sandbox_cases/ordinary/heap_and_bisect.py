import bisect
import heapq
from heapq import heappop, heappush, nlargest

from naru import Strategy


class MedianFollower(Strategy):
    """Running median by two heaps, running rank by bisection."""

    def init(self):
        self.low, self.high, self.ordered = [], [], []

    def add(self, x):
        heappush(self.low, -x)
        heappush(self.high, -heappop(self.low))
        if len(self.high) > len(self.low):
            heappush(self.low, -heappop(self.high))
        bisect.insort(self.ordered, x)

    @property
    def median(self):
        return -self.low[0]

    def on_bar(self):
        x = float(self.data.close[-1])
        self.add(x)
        rank = bisect.bisect_left(self.ordered, x) / len(self.ordered)
        if rank > 0.9 and not self.position:
            self.buy(0.5)
        elif x < self.median:
            self.position.close()
        assert nlargest(1, self.ordered)[0] == self.ordered[-1]
        assert heapq.nsmallest(2, self.ordered) == self.ordered[:2]
