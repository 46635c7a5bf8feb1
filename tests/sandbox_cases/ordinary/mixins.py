# ruff: noqa
from naru import Strategy


class RiskMixin:
    risk_fraction = 0.01

    def stop_distance(self):
        return max(self.data.high[-1] - self.data.low[-1], 1e-9)

    def units(self):
        return self.equity * self.risk_fraction / self.stop_distance()


class LoggingMixin:
    def note(self, *parts):
        self.log(" | ".join(str(part) for part in parts))


class Mixed(RiskMixin, LoggingMixin, Strategy):
    def on_bar(self):
        if not self.position.is_long and len(self.data) > 3:
            units = min(self.units(), self.cash * 0.5 / self.data.close[-1])
            self.buy(units, sl=self.data.close[-1] - 5 * self.stop_distance())
            self.note("bought", round(units, 4))
