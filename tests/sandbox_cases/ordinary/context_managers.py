from contextlib import contextmanager, suppress

from naru import Strategy


class Timer:
    def __init__(self, strategy):
        self.strategy = strategy

    def __enter__(self):
        self.started = self.strategy.now
        return self

    def __exit__(self, kind, error, trace):
        self.elapsed = self.strategy.now - self.started
        return kind is ZeroDivisionError


@contextmanager
def tagged(strategy, name):
    strategy.tags.append(name)
    try:
        yield strategy.tags[-1]
    finally:
        strategy.tags.pop()


class Managed(Strategy):
    tags: list = []

    def on_bar(self):
        with Timer(self) as timer:
            1 / 0
        with tagged(self, "enter") as tag, suppress(KeyError):
            if not self.position:
                self.buy(0.1, tag=tag)
            {}["missing"]
        try:
            with tagged(self, "leave"):
                raise LookupError("nothing to leave")
        except LookupError as error:
            self.note = str(error)
        finally:
            assert self.tags == []
        assert timer.elapsed.total_seconds() == 0
