"""Classes with __getattr__ and __setattr__ of their own, as wrappers have."""
from copy import copy, deepcopy
from naru import Strategy


class Lazy:
    def __init__(self, target):
        object.__init__(self)
        self.target = target
        self.reads = 0

    def __getattr__(self, name):
        return getattr(self.target, name)


class Checked:
    low: float = 0.0

    def __setattr__(self, name, value):
        if isinstance(value, float) and value < 0:
            raise ValueError(f"{name} must not be negative")
        self.log_of(name)
        vars_of(self)[name] = value

    def log_of(self, name):
        return name


store = {}


def vars_of(thing):
    return store.setdefault("checked", {})


class Wrapped(Strategy):
    def on_start(self):
        self.view = Lazy(self.data)
        self.settings = {"levels": [1, 2, 3], "nested": {"a": (1, 2)}}
        self.backup = deepcopy(self.settings)
        self.shallow = copy(self.settings)

    def on_bar(self):
        if self.view.close[-1] > self.view.open[-1]:
            self.view.reads += 1
        Checked().low = 1.0
        if self.backup == self.settings and type(self.view) is Lazy and type(1.0) is float:
            self.buy(size=0.01)
