from itertools import accumulate, chain, count, groupby, islice, pairwise, takewhile, zip_longest

from naru import Strategy


def running(source):
    """Send prices in, get the mean so far."""
    total, n, mean = 0.0, 0, None
    while True:
        price = yield mean
        total += price
        n += 1
        mean = total / n


def flatten(nested):
    for item in nested:
        if isinstance(item, (list, tuple)):
            yield from flatten(item)
        else:
            yield item


class Pipeline(Strategy):
    def init(self):
        self.mean = running(None)
        next(self.mean)
        self.ids = count(1)

    def on_bar(self):
        mean = self.mean.send(float(self.data.close[-1]))
        closes = [float(x) for x in self.data.close[-20:]]
        changes = [b - a for a, b in pairwise(closes)]
        runs = [(up, sum(1 for _ in group)) for up, group in groupby(changes, key=lambda c: c > 0)]
        falling = list(takewhile(lambda c: c < 0, reversed(changes)))
        peaks = list(accumulate(closes, max))
        first, *middle, last = list(flatten([1, [2, (3, 4)], 5]))
        assert list(islice(chain("ab", "cd"), 3)) == ["a", "b", "c"]
        assert [*zip_longest("ab", "c", fillvalue="-")] == [("a", "c"), ("b", "-")]
        if len(falling) >= 3 and closes[-1] < mean and not self.position:
            self.buy(0.5, tag=f"entry-{next(self.ids)}")
        elif runs and runs[-1] == (True, 5) or closes[-1] == peaks[-1]:
            self.position.close()
        self.plot("parts", first + last + len(middle))
