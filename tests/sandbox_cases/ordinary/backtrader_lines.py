from collections import OrderedDict
from naru import Strategy, param, ta


class AutoOrderedDict(OrderedDict):
    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name)

    def __setattr__(self, name, value):
        self[name] = value


class Line:
    """backtrader's indexing: line[0] is now, line[-1] the bar before."""

    def __init__(self, series):
        self._series = series

    def __getitem__(self, ago):
        return self._series[ago - 1]

    def __len__(self):
        return len(self._series)

    def __float__(self):
        return float(self[0])

    def __gt__(self, other):
        return float(self) > float(other)

    def __lt__(self, other):
        return float(self) < float(other)

    def __sub__(self, other):
        return float(self) - float(other)


class CrossOver:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def __bool__(self):
        return (self.a[0] > self.b[0]) != (self.a[-1] > self.b[-1])

    def __neg__(self):
        return -1 if self.a < self.b else 1


class TestStrategy(Strategy):
    params = dict(exitbars=5, maperiod=15, printlog=True)
    maperiod = param(15, low=2, high=100)

    def log_(self, txt, dt=None, doprint=False):
        if self.p.printlog or doprint:
            dt = dt or self.now.date()
            print("%s, %s" % (dt.isoformat(), txt))

    def init(self):
        self.p = AutoOrderedDict(self.params)
        self.p.maperiod = self.maperiod
        self.dataclose = Line(self.data.close)
        self.sma = Line(self.indicator(ta.sma, self.data.close, self.p.maperiod))
        self.order = None
        self.buyprice = self.buycomm = None
        self.bar_executed = 0
        self.n = 0

    def on_order(self, order):
        if order.status in ("waiting", "working"):
            return
        if order.status == "filled":
            self.log_(f"{order.side.upper()} EXECUTED, Price: {order.avg_price:.2f}")
            self.bar_executed = self.n
        elif order.status in ["canceled", "rejected"]:
            self.log_("Order Canceled/Margin/Rejected")
        self.order = None

    def on_bar(self):
        self.n += 1
        if self.order:
            return
        if not self.position:
            if self.dataclose > self.sma:
                self.log_("BUY CREATE, %.2f" % self.dataclose[0])
                self.order = self.buy(size=1)
        else:
            if self.n >= self.bar_executed + self.p.exitbars and self.dataclose < self.sma:
                self.order = self.sell(size=self.position.size)
