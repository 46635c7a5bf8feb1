"""Backtrader's shape: lines, params, notify_order, next, prenext, stop."""
from naru import Strategy, ta


class Params:
    def __init__(self, pairs):
        for name, value in pairs:
            setattr(self, name, value)


class BtStrategy(Strategy):
    params = ()

    def init(self):
        self.p = self.params = Params(type(self).params)
        self.datas = [self.data[s] for s in ("BTC-USD", "ETH-USD")]
        self.order = None
        self.started()

    def on_order(self, order):
        self.notify_order(order)

    def on_fill(self, fill):
        self.notify_fill(fill)

    def on_bar(self):
        self.next()

    def on_stop(self):
        self.stop()

    def notify_order(self, order): pass
    def notify_fill(self, fill): pass
    def stop(self): pass


class Cross(BtStrategy):
    params = (("fast", 7), ("slow", 21), ("stake", 0.5))

    def started(self):
        self.inds = {}
        for d in self.datas:
            fast = self.indicator(ta.sma, d.close, self.p.fast)
            slow = self.indicator(ta.sma, d.close, self.p.slow)
            self.inds[d.symbol] = {"fast": fast, "slow": slow}

    def notify_fill(self, fill):
        self.log("%s EXECUTED, %.2f" % (fill.side.upper() if isinstance(fill.side, str) else fill.side, fill.price))

    def next(self):
        for d in self.datas:
            fast, slow = self.inds[d.symbol]["fast"], self.inds[d.symbol]["slow"]
            if ta.crossover(fast, slow):
                self.order = self.buy(self.p.stake, symbol=d.symbol)
            elif ta.crossover(slow, fast):
                self.target(percent=0, symbol=d.symbol)

    def stop(self):
        self.log("(MA Period %2d) Ending Value %.2f" % (self.params.fast, self.equity))
