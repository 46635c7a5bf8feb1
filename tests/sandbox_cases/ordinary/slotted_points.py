from dataclasses import asdict, astuple, dataclass, field, replace
from typing import ClassVar, NamedTuple
from functools import total_ordering
from naru import Strategy


@dataclass(slots=True, order=True)
class Level:
    price: float
    touches: int = 0
    notes: list[str] = field(default_factory=list, compare=False)
    kind: ClassVar[str] = "support"

    def touch(self):
        self.touches += 1
        self.notes.append(str(self.touches))


class Swing(NamedTuple):
    ts: int
    price: float = 0.0

    def is_above(self, other: "Swing") -> bool:
        return self.price > other.price


@total_ordering
class Ranked:
    __slots__ = ("score",)

    def __init__(self, score):
        self.score = score

    def __eq__(self, other):
        return self.score == other.score

    def __lt__(self, other):
        return self.score < other.score

    __hash__ = None


class Levels(Strategy):
    def on_start(self):
        self.level = Level(self.data.low[-1])

    def on_bar(self):
        low = self.data.low[-1]
        if abs(low / self.level.price - 1) < 0.001:
            self.level.touch()
        elif low < self.level.price:
            self.level = replace(self.level, price=low, touches=0, notes=[])
        swing = Swing(int(self.data.ts[-1]), low)
        match swing:
            case Swing(ts, price) if price > 0:
                self.state["swing"] = asdict(self.level) | {"ts": ts}
        if max(Ranked(1), Ranked(2)).score == 2 and astuple(self.level)[1] > 2 and not self.position:
            self.buy(percent=0.2, sl=self.level.price * 0.99)
