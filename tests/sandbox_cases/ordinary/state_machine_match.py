from enum import StrEnum, auto
from naru import Strategy, ta


class Phase(StrEnum):
    FLAT = auto()
    ARMED = auto()
    IN = auto()


class Machine(Strategy):
    def init(self):
        self.adx = self.indicator(ta.adx, self.data.high, self.data.low, self.data.close, 14)

    def on_start(self):
        self.state.setdefault("phase", Phase.FLAT.value)

    def on_bar(self):
        trending = bool(self.adx[-1] > 20)
        match (Phase(self.state["phase"]), trending):
            case (Phase.FLAT, True):
                self.state["phase"] = str(Phase.ARMED)
            case (Phase.ARMED, True) if self.data.close[-1] > self.data.close[-2]:
                self.buy(percent=0.4)
                self.state["phase"] = str(Phase.IN)
            case (Phase.IN, False):
                self.position.close()
                self.state |= {"phase": str(Phase.FLAT)}
            case _:
                pass
