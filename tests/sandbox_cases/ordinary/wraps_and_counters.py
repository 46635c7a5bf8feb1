import functools
from collections import Counter

from naru import Strategy

CALLS = Counter()


def counted(label=None):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            CALLS[label or function.__name__] += 1
            return function(*args, **kwargs)

        return wrapper

    return decorate


def only_when_flat(method):
    @functools.wraps(method)
    def wrapper(self, *args, **kwargs):
        if not self.position:
            return method(self, *args, **kwargs)
        return None

    return wrapper


@functools.lru_cache(maxsize=128)
def allocation(step: int) -> float:
    return min(0.9, 0.1 * (step % 10))


class Counted(Strategy):
    @counted()
    def on_bar(self):
        self.enter()
        if len(self.data) % 25 == 0:
            self.leave()

    @only_when_flat
    @counted("enter")
    def enter(self):
        self.buy(percent=allocation(len(self.data)) or 0.05)

    def leave(self):
        self.position.close()

    def on_stop(self):
        self.log(CALLS.most_common(2), allocation.cache_info().hits, self.on_bar.__name__)
