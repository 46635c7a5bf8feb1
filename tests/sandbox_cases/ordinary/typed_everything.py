# ruff: noqa
from __future__ import annotations

from typing import Any, ClassVar, Dict, List, Optional, Sequence, Tuple

from naru import Strategy


def mean(values: Sequence[float], default: Optional[float] = None) -> float:
    return sum(values) / len(values) if values else (default or 0.0)


class Typed(Strategy):
    limits: ClassVar[Tuple[float, float]] = (0.99, 1.01)
    history: List[float]
    notes: Dict[str, Any]

    def init(self) -> None:
        self.history = []
        self.notes = {}

    def on_bar(self) -> None:
        self.history.append(self.data.close[-1])
        ratio: float = self.data.close[-1] / mean(self.history)
        low, high = self.limits
        if ratio > high:
            self.sell(0.1)
        elif ratio < low:
            self.buy(0.1)
        self.notes["ratio"] = ratio
