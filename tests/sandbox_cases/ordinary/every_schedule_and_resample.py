from naru import Strategy, ta


class Scheduled(Strategy):
    def init(self):
        self.hourly = self.data.resample("1h")
        self.trend = self.indicator(ta.ema, self.hourly.close, 3)
        self.every("1h", self.rebalance)
        self.count = 0

    def rebalance(self):
        self.count += 1
        if len(self.trend) and self.data.close[-1] > self.trend[-1]:
            self.target(percent=0.7)
        else:
            self.target(percent=0.0)

    def on_bar(self):
        if self.count > 3 and self.orders:
            for order in list(self.orders):
                order.cancel()
