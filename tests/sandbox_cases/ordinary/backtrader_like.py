from naru import Strategy, ta


class AttrDict(dict):
    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name, value):
        self[name] = value


class TestStrategy(Strategy):
    params = (("maperiod", 15), ("printlog", False))

    def init(self):
        self.p = AttrDict(self.params)
        self.p.stake = 0.5
        self.dataclose = self.data.close
        self.order = None
        self.sma = self.indicator(ta.sma, self.dataclose, self.p.maperiod)

    def log_if(self, txt, dt=None):
        dt = dt or self.now.date()
        if self.p.printlog:
            print("%s, %s" % (dt.isoformat(), txt))

    def on_order(self, order):
        self.log_if(f"ORDER {order.status}")
        self.order = None

    def on_bar(self):
        if self.order:
            return
        if not self.position:
            if self.dataclose[0 - 1] > self.sma[-1]:
                self.log_if("BUY CREATE, %.2f" % self.dataclose[-1])
                self.order = self.buy(size=self.p.stake)
        elif self.dataclose[-1] < self.sma[-1]:
            self.order = self.position.close()
