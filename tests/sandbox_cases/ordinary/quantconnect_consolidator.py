from naru import Strategy, ta


class TradeBar:
    __slots__ = ("open", "high", "low", "close", "volume", "end_time")

    def __init__(self, open_, high, low, close, volume, end_time):
        self.open, self.high, self.low, self.close = open_, high, low, close
        self.volume = volume
        self.end_time = end_time

    def __repr__(self):
        return f"O: {self.open} H: {self.high} L: {self.low} C: {self.close}"


class Consolidator:
    """TradeBarConsolidator with an event to subscribe to by +=."""

    class Event(list):
        def __iadd__(self, handler):
            self.append(handler)
            return self

        def __call__(self, sender, bar):
            for handler in self:
                handler(sender, bar)

    def __init__(self, count):
        self.count = count
        self.data_consolidated = Consolidator.Event()
        self._working = None
        self._n = 0

    def update(self, o, h, l, c, v, time):
        if self._working is None:
            self._working = TradeBar(o, h, l, c, v, time)
        else:
            w = self._working
            w.high, w.low, w.close = max(w.high, h), min(w.low, l), c
            w.volume += v
            w.end_time = time
        self._n += 1
        if self._n == self.count:
            self.data_consolidated(self, self._working)
            self._working, self._n = None, 0


class FiveBarBreakout(Strategy):
    def init(self):
        self.consolidator = Consolidator(5)
        self.consolidator.data_consolidated += self.on_five_bars
        self.previous = None
        self.atr = self.indicator(ta.atr, self.data.high, self.data.low, self.data.close, 14)

    def on_five_bars(self, sender, bar):
        if self.previous is not None and bar.close > self.previous.high and not self.position.is_long:
            self.buy(percent=0.5, sl=bar.low - 2 * self.atr[-1], tag="breakout")
            self.log(f"{bar.end_time}: {bar!r}")
        elif self.position and bar.close < self.previous.low:
            self.position.close()
        self.previous = bar

    def on_bar(self):
        d = self.data
        self.consolidator.update(d.open[-1], d.high[-1], d.low[-1], d.close[-1], d.volume[-1], self.now)
