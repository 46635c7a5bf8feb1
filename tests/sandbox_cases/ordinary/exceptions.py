# ruff: noqa
from naru import Strategy


class NotReady(Exception):
    def __init__(self, missing):
        super().__init__(f"{missing} bars are missing")
        self.missing = missing


class Careful(Strategy):
    def signal(self):
        if len(self.data) < 10:
            raise NotReady(10 - len(self.data))
        return self.data.close[-1] > self.data.close[-10]

    def on_bar(self):
        try:
            go = self.signal()
        except NotReady as problem:
            self.state["missing"] = problem.missing
            return
        except (KeyError, IndexError):
            raise
        else:
            if go and not self.position.is_long:
                self.buy(1)
        finally:
            self.state["bars"] = len(self.data)
