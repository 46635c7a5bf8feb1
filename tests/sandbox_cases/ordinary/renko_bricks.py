from dataclasses import dataclass, field
from typing import List, Optional

from naru import Strategy


@dataclass
class Renko:
    size: float
    bricks: List[int] = field(default_factory=list)
    level: Optional[float] = None

    def feed(self, price: float) -> List[int]:
        if self.level is None:
            self.level = price
            return []
        made: List[int] = []
        while abs(price - self.level) >= self.size:
            step = 1 if price > self.level else -1
            self.level += step * self.size
            made.append(step)
        self.bricks += made
        return made


class RenkoTrader(Strategy):
    def init(self):
        self.renko = Renko(size=1.0)

    def on_bar(self):
        if not (new := self.renko.feed(float(self.data.close[-1]))):
            return
        *_, a, b, c = [0, 0, 0] + self.renko.bricks
        if a == b == c == 1 and not self.position:
            self.buy(0.5)
        elif c == -1 and self.position:
            self.position.close()
        self.log(f"{new} {sum(self.renko.bricks):+d}")
