from enum import Flag, IntEnum, auto, unique

from naru import Strategy


class Condition(Flag):
    NONE = 0
    CHEAP = auto()
    CALM = auto()
    BOTH = CHEAP | CALM


@unique
class Side(IntEnum):
    LONG = 1
    FLAT = 0

    @classmethod
    def parse(cls, text):
        return cls[text.upper()]

    @property
    def label(self):
        return self.name.capitalize()


class Flags(Strategy):
    def condition(self):
        found = Condition.NONE
        closes = self.data.close[-10:]
        if closes[-1] <= min(closes):
            found |= Condition.CHEAP
        if max(closes) - min(closes) < 8:
            found |= Condition.CALM
        return found

    def on_bar(self):
        found = self.condition()
        side = Side.parse("long") if Condition.BOTH in found else Side.FLAT
        if side and not self.position:
            self.buy(0.25 * side, tag=side.label)
        elif Condition.CHEAP not in found and self.position.pnl > 0:
            self.position.close()
        assert Side(1) is Side.LONG and [s.value for s in Side] == [1, 0]
        assert len(Condition) == 2 or len(Condition) == 3
