"""The conventions of docs/conventions.md once more: slow, plain, for one instrument.

It shares no code with the engine and none of its shape: every order is looked at in every bar,
money is a decimal, and nothing is clever. Sizes are units; what is asked for comes as keyword
arguments of ``buy`` and ``sell``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from naru.bars import Bars

CENT = Decimal("1e-8")
DAY_NS = 86_400_000_000_000
ZERO = Decimal(0)


class Refused(Exception):
    """Why an order is not filled."""


@dataclass(eq=False)
class Wish:
    """One order and what becomes of it.

    woke     the bar in which its parent's fill brought it to life
    moved    which way the price went then: 1 up, -1 down, 0 at the open, 2 at the close
    turn     its place among those that the open meets
    done_in, triggered_in   bars inside which it has had its turn, or its trigger
    """

    label: str
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
    post_only: bool = False
    reduce_only: bool = False
    parent: "Wish | None" = None
    is_bracket: bool = False
    is_closing: bool = False
    group: int = 0
    status: str = "working"
    reason: str | None = None
    quantity: Decimal | None = None
    filled: Decimal = ZERO
    triggered: bool = False
    met_open: bool = False
    best: float = 0.0
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


@dataclass
class Simulator:
    """An account, its orders and one bar after the other."""

    bars: Bars
    options: Mapping[str, Any]
    cash: Decimal = Decimal(10_000)
    units: Decimal = ZERO
    wishes: list[Wish] = field(default_factory=list)
    fills: list[tuple[int, str, int, Decimal, Decimal, Decimal]] = field(default_factory=list)
    cash_path: list[float] = field(default_factory=list)
    taken: Decimal = ZERO
    awakenings: int = 0

    def option(self, name: str, default: Any = 0) -> Any:
        return self.options.get(name, default)

    # What is asked

    def order(self, label: str, step: int, side: int, **asked: Any) -> None:
        """Take an order with its bracket, as ``buy`` and ``sell`` do."""
        bracket = {name: asked.pop(name, None) for name in ("sl", "tp", "sl_trail")}
        sibling = asked.pop("oco", None)
        asked["size"] = Decimal(repr(asked["size"])).quantize(CENT)
        wish = self._enter(Wish(label, step, side, _kind(asked), **asked))
        self._brackets(wish, **bracket)
        close = float(self.bars.close[step])
        wish.best = close
        if sibling is not None:
            sibling.group = wish.group = sibling.group or len(self.wishes)
            if sibling.filled:
                return self.end(wish, "canceled", "oco_sibling_filled")
        meant = next((price for price in (wish.limit, wish.stop) if price is not None), close)
        unknown = wish.kind == "trail" or (
            wish.kind == "market" and wish.parent is not None and not wish.parent.filled
        )
        loss, gain = bracket["sl"], bracket["tp"]
        if not unknown and (
            (loss is not None and (meant - loss) * side <= 0)
            or (gain is not None and (gain - meant) * side <= 0)
        ):
            return self.end(wish, "rejected", "bracket_on_wrong_side")
        if wish.parent is not None and not wish.parent.filled:
            if not wish.parent.is_open:
                return self.end(wish, "canceled", "parent_not_filled")
            wish.status = "waiting"
        return None

    def close(self, label: str, step: int) -> None:
        """Ask for the whole position's end."""
        self._enter(Wish(label, step, 0, "market", ZERO, reduce_only=True, is_closing=True))

    def cancel(self, label: str) -> None:
        for wish in self.wishes:
            if wish.label == label and wish.is_open:
                self.end(wish, "canceled", "canceled_by_strategy")

    def find(self, label: str) -> Wish:
        return next(wish for wish in self.wishes if wish.label == label)

    def _enter(self, wish: Wish) -> Wish:
        wish.turn = (2 * wish.asked + 1, len(self.wishes))
        self.wishes.append(wish)
        return wish

    def _brackets(self, entry: Wish, sl: Any, tp: Any, sl_trail: Any) -> None:
        group = -len(self.wishes)
        for name, price in (("sl", sl), ("sl", sl_trail), ("tp", tp)):
            if price is not None:
                key = "limit" if name == "tp" else "stop" if price is sl else "trail"
                child = Wish(
                    f"{entry.label}/{name}", entry.asked, -entry.side, key, ZERO, parent=entry,
                    reduce_only=True, is_bracket=True, status="waiting", group=group,
                    **{key: price},
                )  # fmt: skip
                self._enter(child)

    # What ends

    def end(self, wish: Wish, status: str, reason: str) -> None:
        wish.status, wish.reason = status, reason
        why = "position_closed" if wish.filled else "parent_not_filled"
        for child in self.wishes:
            if child.parent is wish and child.status == "waiting":
                self.end(child, "canceled", why)

    # One bar

    def step(self, step: int) -> None:
        """Go through a bar: market orders, what the open passes, what lies inside, the close."""
        self.taken = ZERO
        self._expire(step)
        if self.option("fill", "next_open") == "next_open":
            self._auction(step, float(self.bars.open[step]), at_open=True)
        self._open(step)
        while (found := self._next(step)) is not None:
            self._happen(step, *found)
        if self.option("fill", "next_open") == "next_close":
            self._auction(step, float(self.bars.close[step]), at_open=False)
        for wish in self._working(step):
            if wish.kind == "trail" and not (wish.woke == step and wish.moved):
                extreme = self.bars.high[step] if wish.side < 0 else self.bars.low[step]
                wish.best = (max if wish.side < 0 else min)(wish.best, float(extreme))
        self.cash_path.append(float(self.cash))

    def finish(self) -> None:
        for wish in self.wishes:
            if wish.is_open:
                self.end(wish, "canceled", "end_of_data")

    def _working(self, step: int) -> Iterator[Wish]:
        return (each for each in self.wishes if each.status == "working" and each.asked < step)

    def _expire(self, step: int) -> None:
        day = int(self.bars.ts[step]) // DAY_NS
        for wish in self._working(step):
            if wish.tif == "day":
                wish.day = day if wish.day is None else wish.day
            late = wish.tif == "gtd" and self.bars.ts[step] >= wish.until
            if late or (wish.day is not None and wish.day != day):
                self.end(wish, "expired", "time_in_force")

    def _auction(self, step: int, price: float, at_open: bool) -> None:
        queue = [each for each in self._working(step) if each.kind == "market"]
        queue = [each for each in queue if each.woke < step or (not at_open and each.moved != 2)]
        queue.sort(key=lambda each: not (each.is_closing or self.units * each.side < 0))
        for wish in queue:
            if wish.is_open:
                self.fill(wish, step, price, moved=0 if at_open else 2)
            if wish.is_open and wish.tif in ("ioc", "fok"):
                self.end(wish, "canceled", "not_immediately_fillable")

    def _open(self, step: int) -> None:
        price = float(self.bars.open[step])
        met: set[int] = set()
        while rest := [each for each in self._working(step)
                       if each.kind != "market" and id(each) not in met]:  # fmt: skip
            wish = min(rest, key=lambda each: each.turn)
            met.add(id(wish))
            self._meet_open(wish, step, price)

    def _meet_open(self, wish: Wish, step: int, price: float) -> None:
        side = wish.side
        stops = wish.kind in ("stop", "trail") and (
            wish.triggered or (price - wish.level()) * side >= 0
        )
        just = wish.kind == "stop_limit" and not wish.triggered
        if just and (price - wish.level()) * side >= 0:
            wish.triggered = True
        beyond = wish.is_limit_now() and wish.limit is not None and (wish.limit - price) * side > 0
        if beyond and wish.post_only and not wish.met_open:
            return self.end(wish, "rejected", "post_only_would_take")
        if stops or beyond:
            rests = beyond and not just and (wish.met_open or wish.parent is not None)
            self.fill(wish, step, price, rests=rests)
            wish.done_in = step
        wish.met_open = True
        if wish.is_open and wish.tif in ("ioc", "fok"):
            self.end(wish, "canceled", "not_immediately_fillable")
        return None

    def _next(self, step: int) -> tuple[Wish, Touch] | None:
        """Return what the bar does next: the worse kind first (or the better), then the nearer."""
        patient_first = self.option("intrabar", "pessimistic") == "optimistic"
        found: list[tuple[tuple[bool, float, int], Wish, Touch]] = []
        for number, wish in enumerate(self.wishes):
            if wish.status != "working" or wish.kind == "market" or wish.asked >= step:
                continue
            touch = None if wish.done_in == step else self._inside(wish, step)
            if touch is not None:
                distance = abs(touch.price - float(self.bars.open[step]))
                found.append(((touch.rests != patient_first, distance, number), wish, touch))
        return min(found, key=lambda each: each[0])[1:] if found else None

    def _inside(self, wish: Wish, step: int) -> Touch | None:
        side = wish.side
        high, low, close = (float(getattr(self.bars, name)[step]) * side
                            for name in ("high", "low", "close"))  # fmt: skip
        low, high = min(low, high), max(low, high)  # as a buyer sees them
        through = self.option("limit_fill", "through") == "through"
        optimistic = self.option("intrabar", "pessimistic") == "optimistic"
        alive = wish.woke != step or wish.moved == 0
        if wish.is_limit_now():
            assert wish.limit is not None
            price = wish.limit * side
            proven = close < price if through else close <= price
            reached = low < price if through else low <= price
            reached = reached and wish.triggered_in != step
            certain = alive or wish.moved == -side or proven
            return Touch(wish.limit, True) if reached and (certain or optimistic) else None
        level = wish.level()
        if wish.triggered or high < level * side:
            return None
        if wish.kind == "stop_limit":
            assert wish.limit is not None
            if (wish.limit - level) * side >= 0:
                return Touch(level, False)
            back = wish.limit * side  # only the close is known to come after the trigger
            proven = close < back if through else close <= back
            return Touch(wish.limit, True) if proven else Touch(level, False, fills=False)
        certain = alive or wish.moved == side or close >= level * side
        return Touch(level, False) if certain or not optimistic else None

    def _happen(self, step: int, wish: Wish, touch: Touch) -> None:
        if not touch.fills:
            wish.triggered, wish.triggered_in = True, step
            return
        self.fill(wish, step, touch.price, touch.rests, -wish.side if touch.rests else wish.side)
        wish.done_in = step

    # Money

    def fill(
        self, wish: Wish, step: int, price: float, rests: bool = False, moved: int = 0
    ) -> None:
        """Fill as much as the bar and the account allow, or end the order."""
        wish.triggered = wish.triggered or wish.kind in ("stop", "stop_limit", "trail")
        if wish.is_bracket and wish.parent is not None and wish.parent.is_open:
            self.end(wish.parent, "canceled", "oco_sibling_filled")
        try:
            quantity = self._quantity(wish)
            available = self._available(step)
            if available is not None:
                if available <= 0 or (wish.tif == "fok" and available < quantity):
                    return
                quantity = min(quantity, available)
            paid, commission = self._price(wish, price, quantity, rests)
            self._check(wish, quantity, paid, commission)
        except Refused as refusal:
            self.end(wish, "canceled" if wish.filled else "rejected", str(refusal))
            return
        before = self.units
        self.units += wish.side * quantity
        self.cash -= wish.side * quantity * paid + commission
        self.taken += quantity
        wish.filled += quantity
        self.fills.append((step, wish.label, wish.side, quantity, paid, commission))
        if wish.filled == wish.quantity:
            wish.status = "filled"
        self._follow(wish, step, price, before, moved)

    def _quantity(self, wish: Wish) -> Decimal:
        if wish.is_closing and wish.quantity is None and self.units:
            wish.side, wish.quantity = (-1 if self.units > 0 else 1), abs(self.units)
        if wish.reduce_only and (wish.side == 0 or self.units * wish.side >= 0):
            raise Refused("nothing_to_reduce")
        if wish.quantity is None:
            entry = wish.parent if wish.is_bracket else None
            wish.quantity = wish.size if entry is None else entry.filled
        left = wish.quantity - wish.filled
        if wish.reduce_only and left > abs(self.units):
            left = abs(self.units)
            wish.quantity = wish.filled + left
        return left

    def _available(self, step: int) -> Decimal | None:
        share = self.option("volume_share", None)
        if share is None:
            return None
        return Decimal(repr(share)) * Decimal(float(self.bars.volume[step])) - self.taken

    def _price(
        self, wish: Wish, price: float, quantity: Decimal, rests: bool
    ) -> tuple[Decimal, Decimal]:
        slips = 0.0 if wish.limit is not None else float(self.option("slippage_bps")) / 10_000
        paid = Decimal(f"{price * (1 + wish.side * slips):.12g}")
        notional = paid * quantity
        commission = notional * Decimal(repr(self.option("commission_bps"))) / 10_000
        for part in self.option("commission", ()):
            if part["kind"] == "bps":
                rate = Decimal(part["maker_bps"] if rests else part["bps"]) / 10_000
                commission += max(notional * rate, Decimal(part["minimum"]))
            else:
                per_unit = Decimal(repr(part["per_unit"]))
                commission += max(quantity * per_unit, Decimal(part["minimum"]))
        return paid, commission.quantize(CENT)

    def _check(self, wish: Wish, quantity: Decimal, paid: Decimal, commission: Decimal) -> None:
        """Refuse what makes a position larger than the account carries."""
        after = self.units + wish.side * quantity
        if abs(after) <= abs(self.units) and after * self.units >= 0:
            return
        if after < 0 and not self.option("allow_short", True):
            raise Refused("short_not_allowed")
        cash = self.cash - wish.side * quantity * paid - commission
        leverage = Decimal(self.option("leverage", 1))
        if leverage == 1 and after > 0:
            if cash < 0:
                raise Refused("insufficient_cash")
        elif abs(after) * paid > leverage * (cash + after * paid) * Decimal("1.000000001"):
            raise Refused("insufficient_margin")

    def _follow(self, wish: Wish, step: int, price: float, before: Decimal, moved: int) -> None:
        """Let what depends on a fill end, or come to life."""
        for other in self.wishes:
            if other is not wish and other.is_open and wish.group == other.group != 0:
                self.end(other, "canceled", "oco_sibling_filled")
        is_over = before != 0 and before * self.units <= 0
        for other in self.wishes:
            ends = other.reduce_only and other.parent is not None and other.status == "working"
            if is_over and ends and other is not wish and other.parent is not wish:
                self.end(other, "canceled", "position_closed")
        for other in self.wishes:
            if other.parent is not wish or other.status != "waiting":
                continue
            if other.is_bracket and self.units * wish.side <= 0:  # it has closed, and not opened
                if not wish.is_open:
                    self.end(other, "canceled", "position_closed")
                continue
            other.status, other.woke, other.moved, other.best = "working", step, moved, price
            self.awakenings += 1
            other.turn = (2 * step, self.awakenings)


def _kind(asked: Mapping[str, Any]) -> str:
    if "trail" in asked or "trail_percent" in asked:
        return "trail"
    if "stop" in asked:
        return "stop_limit" if "limit" in asked else "stop"
    return "limit" if "limit" in asked else "market"
