from naru import Strategy


class Account(Strategy):
    class Risk:
        limit = 0.02

        def __init__(self, outer):
            self._outer = outer
            self._worst = 0.0

        @property
        def worst(self):
            return self._worst

        @worst.setter
        def worst(self, value):
            if value < 0:
                raise ValueError("a drawdown is not negative")
            self._worst = max(self._worst, value)

        @worst.deleter
        def worst(self):
            self._worst = 0.0

        @classmethod
        def strict(cls, outer):
            made = cls(outer)
            made.limit = cls.limit / 2
            return made

        @staticmethod
        def fraction(now, peak):
            return 1 - now / peak if peak else 0.0

    def init(self):
        self.risk = self.Risk.strict(self)
        self.peak = self.equity

    def on_bar(self):
        self.peak = max(self.peak, self.equity)
        self.risk.worst = self.Risk.fraction(self.equity, self.peak)
        try:
            self.risk.worst = -1
        except ValueError:
            pass
        if self.risk.worst > self.risk.limit:
            self.position.close()
            del self.risk.worst
        elif not self.position:
            self.buy(percent=0.3)
