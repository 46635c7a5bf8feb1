from naru import Strategy, param, ta


class Array(list):
    """array.new_float, array.unshift, array.pop by hand."""

    def unshift(self, value):
        self.insert(0, value)

    def get(self, index, default=None):
        try:
            return self[index]
        except IndexError:
            return default

    def __getattr__(self, name):
        if name == "size":
            return len(self)
        raise AttributeError(name)


class ZigZagFib(Strategy):
    left = param(3, low=1, high=20)
    right = param(3, low=1, high=20)
    fibs = (0.236, 0.382, 0.5, 0.618, 0.786)

    def init(self):
        self.highs, self.lows = Array(), Array()
        self.warmup = self.left + self.right + 1

    def pivothigh(self):
        w = self.data.high[-(self.left + self.right + 1):]
        p = w[self.left]
        return p if p == w.max() and (w == p).sum() == 1 else None

    def pivotlow(self):
        w = self.data.low[-(self.left + self.right + 1):]
        p = w[self.left]
        return p if p == w.min() and (w == p).sum() == 1 else None

    def on_bar(self):
        if (ph := self.pivothigh()) is not None:
            self.highs.unshift(float(ph))
        if (pl := self.pivotlow()) is not None:
            self.lows.unshift(float(pl))
        if self.highs.size < 1 or self.lows.size < 1:
            return
        top, bottom = self.highs[0], self.lows.get(0)
        levels = {f: top - (top - bottom) * f for f in self.fibs}
        close = self.data.close[-1]
        match [self.position.is_long, close <= levels[0.618], close >= top]:
            case [False, True, _] if close > bottom:
                self.buy(percent=0.5, tp=top if top > close * 1.001 else None, tag="0.618")
            case [True, _, True]:
                self.position.close()
        self.plot("fib618", levels[0.618])
