# ruff: noqa
import functools

from naru import Strategy


def once_per(bars):
    def decorate(method):
        last = {"bar": -bars}

        @functools.wraps(method)
        def wrapper(self, *args, **kwargs):
            if len(self.data) - last["bar"] < bars:
                return None
            last["bar"] = len(self.data)
            return method(self, *args, **kwargs)

        return wrapper

    return decorate


class Throttled(Strategy):
    @once_per(bars=15)
    def enter(self, size=0.2):
        """Enter, but not too often."""
        return self.buy(size)

    def on_bar(self):
        self.enter()
