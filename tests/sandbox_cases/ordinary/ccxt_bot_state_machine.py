import json
import random
from contextlib import suppress
from decimal import ROUND_DOWN, Decimal
from enum import IntEnum, auto
from naru import Strategy, param, ta


class State(IntEnum):
    FLAT = auto()
    ENTERING = auto()
    LONG = auto()
    EXITING = auto()


class InsufficientFunds(Exception):
    def __init__(self, needed, has):
        super().__init__(f"needs {needed}, has {has}")
        self.needed, self.has = needed, has


def round_step(value, step="0.001"):
    return float(Decimal(str(value)).quantize(Decimal(step), rounding=ROUND_DOWN))


def retry(times=3, exceptions=(InsufficientFunds,)):
    def decorator(f):
        def wrapper(self, amount, *a, **k):
            for attempt in range(times):
                try:
                    return f(self, amount / 2**attempt, *a, **k)
                except exceptions as e:
                    self.log(f"attempt {attempt + 1}: {type(e).__name__}: {e}")
            else:
                self.log("giving up")
        return wrapper
    return decorator


class Bot(Strategy):
    threshold = param(0.002, low=0.0, high=0.1)

    def init(self):
        self.state.setdefault("pnl", 0.0)
        self.fsm = State.FLAT
        self.rng = random.Random(42)
        self.last = None

    @retry(times=4)
    def create_order(self, amount, side="buy", **params):
        price = self.data.close[-1]
        if amount * price > self.cash:
            raise InsufficientFunds(round(amount * price, 2), round(self.cash, 2))
        return getattr(self, side)(round_step(amount), **params)

    def on_bar(self):
        previous, self.last = self.last, self.data.close[-1]
        if previous is None:
            return
        change = self.last / previous - 1
        if self.fsm is State.FLAT and change > self.threshold and self.rng.random() > 0.2:
            if self.create_order(2 * self.cash / self.last, tag=f"{State.ENTERING.name.lower()}"):
                self.fsm = State.LONG
        elif self.fsm == State.LONG and change < -self.threshold:
            with suppress(ZeroDivisionError):
                self.state["pnl"] += self.position.pnl / self.cash
            self.position.close()
            self.fsm = State.FLAT
        self.state["snapshot"] = json.loads(json.dumps({"state": self.fsm.name, "n": len(self.data)}, sort_keys=True))
