from naru import OrderArgumentError, Strategy


class Broke(Exception):
    def __init__(self, need, have):
        super().__init__(f"need {need:.2f}, have {have:.2f}")
        self.need, self.have = need, have


class Careful(Strategy):
    def spend(self, amount):
        if amount > self.cash:
            raise Broke(amount, self.cash)
        return self.buy(value=amount)

    def on_bar(self):
        try:
            self.spend(self.cash * (1.5 if len(self.data) % 2 else 0.1))
        except Broke as error:
            self.log(type(error).__name__, error, error.args, error.need - error.have)
        else:
            self.log("spent")
        finally:
            self.plot("cash", self.cash)
        try:
            self.buy(percent=95)
        except OrderArgumentError as e:
            self.log(str(e))
