# ruff: noqa
from enum import Enum, auto

from naru import Strategy


class State(Enum):
    FLAT = auto()
    ARMED = auto()
    LONG = auto()


class Machine(Strategy):
    def init(self):
        self.phase = State.FLAT

    def on_bar(self):
        match self.phase:
            case State.FLAT if self.data.close[-1] > self.data.close[-2]:
                self.phase = State.ARMED
            case State.ARMED:
                self.buy(1, tag=self.phase.name.lower())
                self.phase = State.LONG
            case State.LONG if len(self.data) % 10 == 0:
                self.position.close()
                self.phase = State.FLAT
            case _:
                pass
