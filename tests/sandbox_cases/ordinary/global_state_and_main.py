"""Module level constants, global variables, a main guard."""
__author__ = "somebody"
__version__ = "0.1"

from naru import Strategy

RISK = 0.02
WATCHED = ("BTC-USD", "ETH-USD")
_cache: dict = {}
counter = 0


def bump(by=1):
    global counter
    counter += by
    return counter


def make_filter(limit):
    seen = 0

    def accept(value):
        nonlocal seen
        if value > limit:
            seen += 1
        return seen

    return accept


class Main(Strategy):
    accept = None

    def init(self):
        self.accept = make_filter(0.5)

    def on_bar(self):
        n = bump()
        _cache.setdefault(n % 7, []).append(n)
        if self.accept(n % 2) > 10 and not self.position:
            self.buy(percent=RISK)
        if n % 50 == 0:
            self.position.close()


if __name__ == "__main__":
    print("run me with naru backtest", Main, __version__)
