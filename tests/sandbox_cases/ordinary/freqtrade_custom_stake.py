from datetime import datetime, timedelta, timezone
from functools import reduce
from naru import Strategy, param, ta


class CustomStake(Strategy):
    buy_rsi = param(35, low=10, high=50)
    protections = [{"method": "CooldownPeriod", "stop_duration": 5}, {"method": "MaxDrawdown", "max": 0.2}]

    def init(self):
        self.rsi = self.indicator(ta.rsi, self.data.close, 14)
        self.locked_until = datetime.fromtimestamp(0, tz=timezone.utc)
        self.peak = 0.0

    @property
    def is_locked(self) -> bool:
        return self.now < self.locked_until

    def custom_stake_amount(self, proposed: float, *, max_stake: float) -> float:
        return min(max_stake, proposed * (1.5 if self.rsi[-1] < 25 else 1.0))

    def on_fill(self, fill):
        if fill.side == "sell":
            stop = next(p for p in self.protections if p["method"] == "CooldownPeriod")
            self.locked_until = self.now + timedelta(minutes=stop["stop_duration"])

    def on_bar(self):
        self.peak = max(self.peak, self.equity)
        conditions = [not self.is_locked, self.rsi[-1] < self.buy_rsi, self.equity > 0.8 * self.peak]
        if not self.position and reduce(lambda x, y: x and y, conditions):
            self.buy(value=self.custom_stake_amount(500.0, max_stake=self.cash * 0.9))
        elif self.position and self.rsi[-1] > 60:
            self.position.close()
