from naru import Strategy


def average(*values, weights=None):
    weights = weights or [1] * len(values)
    return sum(v * w for v, w in zip(values, weights)) / sum(weights)


class Unpacking(Strategy):
    params = dict(fast=5, slow=20)

    def on_bar(self):
        closes = list(self.data.close[-20:])
        if len(closes) < 20:
            return
        *older, before, last = closes
        (a, b), [c, *d] = (closes[0], closes[1]), closes[2:6]
        fast = average(*closes[-self.params["fast"]:])
        slow = average(*closes, weights=[*range(1, 21)])
        evens, odds, backwards = closes[::2], closes[1::2], closes[::-1]
        merged = {**self.params, "extra": [*evens[:2], *odds[:2]]}
        closes[1:3] = [a, b, c]
        del closes[-2:]
        x = y = z = 0
        x, y = y, x
        for i, (left, right) in enumerate(zip(evens, odds)):
            z += i * (left < right)
        if fast > slow > min(backwards) and last > before and not self.position and merged:
            self.buy(0.2)
        elif fast < slow and len(older) == 18 and d:
            self.position.close()
