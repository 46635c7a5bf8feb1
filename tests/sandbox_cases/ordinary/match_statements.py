from dataclasses import dataclass
from enum import Enum, auto

from naru import Strategy


class Phase(Enum):
    WAIT = auto()
    LONG = auto()
    COOL = auto()


@dataclass
class Tick:
    kind: str
    price: float


class Machine(Strategy):
    def init(self):
        self.phase = Phase.WAIT
        self.left = 0

    def event(self):
        if (last := self.data.close[-1]) > self.data.open[-1]:
            return Tick("up", float(last))
        return Tick("down", float(last))

    def on_bar(self):
        match self.phase, self.event():
            case Phase.WAIT, Tick(kind="up", price=p) if p > 0:
                self.buy(0.2)
                self.phase = Phase.LONG
            case Phase.LONG, Tick("down") | Tick(kind="flat"):
                self.position.close()
                self.phase, self.left = Phase.COOL, 3
            case Phase.COOL, _ if self.left > 0:
                self.left -= 1
            case Phase.COOL, _:
                self.phase = Phase.WAIT
        match [self.phase.name, {"left": self.left, "more": [1, 2, 3]}]:
            case [str(name), {"left": int(left), "more": [first, *rest], **others}]:
                self.plot(name, left + first + len(rest) + len(others))
            case []:
                raise AssertionError
