from naru import Strategy


class Rejected(Exception):
    def __init__(self, why, *, price=None):
        super().__init__(why)
        self.price = price

    def __str__(self):
        return f"{self.args[0]} at {self.price}"


class TooDear(Rejected):
    pass


class Careful(Strategy):
    def check(self, price):
        if price > 105:
            raise TooDear("too dear", price=price)
        if price < 0:
            raise ValueError

    def on_bar(self):
        attempts = 0
        while True:
            attempts += 1
            try:
                self.check(float(self.data.close[-1]))
            except TooDear as error:
                self.reason = str(error)
                if self.position:
                    self.position.close()
                break
            except (ValueError, TypeError):
                raise
            else:
                if not self.position:
                    self.buy(0.1)
                break
            finally:
                self.attempts = attempts
        try:
            try:
                int("x")
            except ValueError as error:
                raise Rejected("bad number", price=0) from error
        except Rejected as error:
            assert error.price == 0
        for n in range(3):
            if n == 5:
                break
        else:
            self.plot("attempts", attempts)
