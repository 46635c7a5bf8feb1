"""The simulator's orders, and what a bar does to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.naru.engine.reference_account import ZERO


@dataclass(eq=False)
class Wish:
    """One order and what becomes of it.

    money    what its size means where that is not units: ``value``, or ``percent`` of equity
    woke     the bar in which its parent's fill brought it to life
    moved    which way the price went then: 1 up, -1 down, 0 at the open, 2 at the close
    turn     its place among those that the open meets
    priced   the step at which its limit was given; None where it waits for another order's fill
    done_in, triggered_in   bars inside which it has had its turn, or its trigger
    """

    label: str
    symbol: str
    asked: int
    side: int
    kind: str
    size: Decimal
    limit: float | None = None
    stop: float | None = None
    trail: float | None = None
    trail_percent: float | None = None
    tif: str = "gtc"
    until: int = 0
    at: str = ""
    post_only: bool = False
    reduce_only: bool = False
    parent: "Wish | None" = None
    is_bracket: bool = False
    is_closing: bool = False
    is_target: bool = False
    money: str = ""
    is_forced: bool = False
    group: int = 0
    status: str = "working"
    reason: str | None = None
    quantity: Decimal | None = None
    filled: Decimal = ZERO
    triggered: bool = False
    priced: int | None = None
    is_judged: bool = False
    best: float | None = None
    woke: int = -1
    moved: int = 0
    turn: tuple[int, int] = (0, 0)
    day: int | None = None
    done_in: int = -1
    triggered_in: int = -1

    @property
    def is_open(self) -> bool:
        return self.status in ("working", "waiting")

    def level(self) -> float:
        """Return the stop price as it stands."""
        if self.kind != "trail":
            assert self.stop is not None
            return self.stop
        assert self.best is not None
        distance = self.trail if self.trail is not None else self.best * (self.trail_percent or 0.0)
        return self.best + self.side * distance

    def is_limit_now(self) -> bool:
        return self.kind == "limit" or (self.kind == "stop_limit" and self.triggered)


@dataclass
class Touch:
    """Something that a bar does to an order: a fill at a price, or no more than its trigger."""

    price: float
    rests: bool
    fills: bool = True


def split(wish: Wish, ratio: Decimal) -> None:
    """Restate an open order for units of which there are so many for one."""
    for name in ("limit", "stop", "trail", "best"):
        if getattr(wish, name) is not None:
            setattr(wish, name, getattr(wish, name) / float(ratio))
    if wish.is_bracket and wish.quantity is None and wish.parent and not wish.parent.is_open:
        wish.quantity = wish.parent.filled
    if wish.quantity is not None:
        wish.quantity *= ratio
    wish.size, wish.filled = wish.size * ratio, wish.filled * ratio


def kind_of(asked: Mapping[str, Any]) -> str:
    if "trail" in asked or "trail_percent" in asked:
        return "trail"
    if "stop" in asked:
        return "stop_limit" if "limit" in asked else "stop"
    return "limit" if "limit" in asked else "market"
