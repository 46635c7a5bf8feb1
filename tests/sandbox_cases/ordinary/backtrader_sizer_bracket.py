from abc import ABC, abstractmethod
from naru import Strategy, param, ta


class Sizer(ABC):
    params = (("stake", 1),)

    def __init__(self, **kwargs):
        for name, default in self.params:
            setattr(self, name, kwargs.get(name, default))

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.alias = cls.__name__.lower()

    @abstractmethod
    def _getsizing(self, cash, price, isbuy): ...


class PercentSizer(Sizer):
    params = (("percents", 20), ("retint", False))

    def _getsizing(self, cash, price, isbuy):
        size = cash / price * (self.percents / 100)
        return int(size) if self.retint else size


class Observer(object):
    instances = []

    def __new__(cls, *args, **kwargs):
        self = super().__new__(cls)
        cls.instances.append(self)
        return self

    def __init__(self, name):
        self.name = name
        self.values = []

    def __call__(self, value):
        self.values.append(round(value, 4))


class Bracketed(Strategy):
    risk = param(0.02, low=0.001, high=0.2)

    def init(self):
        self.sizer = PercentSizer(percents=30)
        self.value = Observer("value")
        self.atr = self.indicator(ta.atr, self.data.high, self.data.low, self.data.close, 14)
        self.hi = self.indicator(ta.highest if hasattr(ta, "highest") else ta.sma, self.data.high, 20)
        self.brackets = []

    def on_bar(self):
        self.value(self.equity)
        close, atr = self.data.close[-1], self.atr[-1]
        if not self.position and not any(o.is_open for o in self.brackets):
            size = self.sizer._getsizing(self.cash, close, isbuy=True)
            main = self.buy(size, limit=close * 0.999, sl=close - 2 * atr, tp=close + 3 * atr, tag=self.sizer.alias)
            self.brackets = [main, *filter(None, (main.sl, main.tp))]
        elif len(self.value.values) % 50 == 0:
            for o in list(self.brackets):
                if o.status == "working" and o.kind == "limit":
                    o.cancel()

    def on_stop(self):
        print("Final Portfolio Value: {:,.2f}".format(self.value.values[-1]), len(Observer.instances))
