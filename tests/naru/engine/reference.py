"""The conventions of docs/conventions.md once more: slow and plain.

It shares no code with the engine and none of its shape: every order is looked at in every bar,
money is a decimal, and nothing is clever. Sizes are units, or money that buys whole ones; what is
asked for comes as keyword arguments of ``buy`` and ``sell``.
"""

from collections.abc import Iterator, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

from naru.bars import Bars
from tests.naru.engine.reference_account import CENT, DAY_NS, ZERO, Account, Refused
from tests.naru.engine.reference_orders import Touch, Wish, kind_of, split


class Simulator:
    """An account, its orders and one step after the other."""

    def __init__(self, series: Mapping[str, Bars], options: Mapping[str, Any]) -> None:
        self.series = series
        self.account = Account(series, options)
        self.option = self.account.option
        self.wishes: list[Wish] = []
        self.fills: list[tuple[int, str, int, Decimal, Decimal, Decimal]] = []
        self.cash_path: list[float] = []
        self.taken: dict[str, Decimal] = {}
        self.awakenings = 0

    # What is asked

    def order(self, label: str, symbol: str, step: int, side: int, **asked: Any) -> None:
        """Take an order with its bracket, as ``buy`` and ``sell`` do."""
        bracket = {name: asked.pop(name, None) for name in ("sl", "tp", "sl_trail")}
        sibling = asked.pop("oco", None)
        money = next(name for name in ("size", "value", "percent") if name in asked)
        asked["size"] = Decimal(repr(asked.pop(money))).quantize(CENT)
        asked["money"] = money if money != "size" else ""
        wish = self._enter(Wish(label, symbol, step, side, kind_of(asked), **asked))
        wish.priced = step if wish.parent is None else None
        self._brackets(wish, **bracket)
        close = self.account.newest(symbol, step)
        wish.best = close
        if sibling is not None:
            sibling.group = wish.group = sibling.group or len(self.wishes)
            if sibling.filled:
                return self.end(wish, "canceled", "oco_sibling_filled")
        meant = next((price for price in (wish.limit, wish.stop) if price is not None), close)
        unknown = (
            meant is None
            or wish.kind == "trail"
            or (wish.kind == "market" and wish.parent is not None and not wish.parent.filled)
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

    def close(self, label: str, symbol: str, step: int) -> Wish:
        """Ask for the whole position's end."""
        wish = Wish(label, symbol, step, 0, "market", ZERO, reduce_only=True, is_closing=True)
        return self._enter(wish)

    def target(
        self, label: str, symbol: str, step: int, size: float = 0.0, percent: float | None = None
    ) -> None:
        """Ask for a position of so many units, or of a part of equity; below 0 if short."""
        wanted = Decimal(repr(size if percent is None else percent)).quantize(CENT)
        wish = Wish(label, symbol, step, 0, "market", wanted, is_target=True)
        wish.money = "" if percent is None else "percent"
        self._enter(wish)

    def cancel(self, label: str) -> None:
        for wish in self.wishes:
            if wish.label == label and wish.is_open:
                self.end(wish, "canceled", "canceled_by_strategy")

    def change(
        self, label: str, step: int, limit: float | None = None, stop: float | None = None,
        size: float | None = None,
    ) -> None:  # fmt: skip
        """Move an order's prices, or want more or less of it in all."""
        wish = self.find(label)
        quantity = None if size is None else Decimal(repr(size)).quantize(CENT)
        if not wish.is_open or (quantity is not None and quantity <= wish.filled):
            return
        if limit is not None and limit != wish.limit:
            wish.limit, wish.priced = limit, step
        wish.stop = wish.stop if stop is None else stop
        if quantity is not None:
            wish.size, wish.money = quantity, ""
            wish.quantity = None if wish.quantity is None else quantity

    def asked_at_close(self, step: int) -> None:
        """Fill market orders at the very close that they were asked at, where that is the rule."""
        if self.option("fill", "next_open") == "same_close":
            self._auction(step, at_open=False, until=step)
            self.cash_path[-1] = float(self.account.cash)

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
                    f"{entry.label}/{name}", entry.symbol, entry.asked, -entry.side, key, ZERO,
                    parent=entry, reduce_only=True, is_bracket=True, status="waiting",
                    group=group, **{key: price},
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
        """Go through a step: what time brings, the open, what lies inside, the close."""
        self.taken = dict.fromkeys(self.series, ZERO)
        self._by_itself(step)
        self._auction(step, at_open=True)
        present = [symbol for symbol in self.series if self.account.row(symbol, step) is not None]
        for symbol in present:
            self._open(symbol, step)
        for symbol in present:
            while (found := self._next(symbol, step)) is not None:
                self._happen(step, *found)
        self._auction(step, at_open=False)
        for wish in self._working(step, present):
            if wish.kind == "trail" and not (wish.woke == step and wish.moved):
                extreme = self._bar(wish, step, "high" if wish.side < 0 else "low")
                assert wish.best is not None
                wish.best = (max if wish.side < 0 else min)(wish.best, extreme)
        self.cash_path.append(float(self.account.cash))

    def finish(self) -> None:
        for wish in self.wishes:
            if wish.is_open:
                self.end(wish, "canceled", "end_of_data")

    def _bar(self, wish: Wish, step: int, name: str) -> float:
        row = self.account.row(wish.symbol, step)
        assert row is not None
        return float(getattr(self.series[wish.symbol], name)[row])

    def _working(self, step: int, present: list[str]) -> Iterator[Wish]:
        return (
            each for each in self.wishes
            if each.status == "working" and each.asked < step and each.symbol in present
        )  # fmt: skip

    def _by_itself(self, step: int) -> None:
        """Let time do its work: financing, margin calls, corporate actions, lifetimes."""
        account = self.account
        account.finance(step)
        waits = any(wish.is_forced and wish.is_open for wish in self.wishes)
        if account.is_called(step) and not waits:
            for wish in self.wishes:
                if wish.is_open:
                    self.end(wish, "canceled", "margin_call")
            for symbol, units in account.units.items():
                if units:
                    forced = self.close("forced", symbol, step - 1)
                    forced.is_forced, forced.reason = True, "margin_call"
        for symbol, ratio in account.actions(step):
            for wish in self.wishes:
                if wish.symbol == symbol and wish.is_open:
                    split(wish, ratio)
        for wish in self.wishes:
            if wish.is_open and wish.asked < step:
                late = wish.tif == "gtd" and account.steps[step] >= wish.until
                if late or (wish.day is not None and wish.day != account.day(step)):
                    self.end(wish, "expired", "time_in_force")

    def _begin(self, wish: Wish, step: int) -> None:
        """Let a day order's day be that of the first bar it meets."""
        if wish.tif == "day" and wish.day is None:
            wish.day = self.account.day(step)

    def _auction(self, step: int, at_open: bool, until: int | None = None) -> None:
        queue = []
        for wish in self._working(step if until is None else until + 1, list(self.series)):
            if wish.kind != "market" or self.account.row(wish.symbol, step) is None:
                continue
            if wish.woke == step and (at_open or wish.moved == 2):
                continue
            if wish.at and wish.asked == step:
                continue
            if self._is_its_moment(wish, step, at_open):
                queue.append(wish)
        queue.sort(key=lambda each: (not each.is_forced, not self._reduces(each, step, at_open)))
        for wish in queue:
            if wish.is_open:
                self._begin(wish, step)
                price = self._bar(wish, step, "open" if at_open else "close")
                self.fill(wish, step, price, moved=0 if at_open else 2)
            if wish.is_open and wish.tif in ("ioc", "fok"):
                self.end(wish, "canceled", "not_immediately_fillable")

    def _reduces(self, wish: Wish, step: int, at_open: bool) -> bool:
        """Tell whether an order makes a position smaller."""
        units = self.account.units[wish.symbol]
        if wish.is_target and wish.money:
            value = units * self.account.mark(wish.symbol, step, at_open)
            wanted = wish.size * self.account.worth("", step, 0.0, at_open)
            return units != 0 and bool(abs(wanted) < abs(value) or wanted * value < 0)
        if wish.is_target:
            return units != 0 and (abs(wish.size) < abs(units) or wish.size * units < 0)
        return wish.is_closing or units * wish.side < 0

    def _is_its_moment(self, wish: Wish, step: int, at_open: bool) -> bool:
        if not wish.at:
            return at_open == (self.option("fill", "next_open") == "next_open")
        bars, row = self.series[wish.symbol], self.account.row(wish.symbol, step)
        assert row is not None
        if wish.at == "close":
            ends = self.account.local(step) % DAY_NS + DAY_NS // 4
            return not at_open and ends >= DAY_NS
        last = self.account.steps.index(bars.ts[row - 1]) if row else None
        is_first = last is None or self.account.day(last) < self.account.day(step)
        return bool(at_open and is_first and self.account.day(wish.asked) < self.account.day(step))

    def _open(self, symbol: str, step: int) -> None:
        met: set[int] = set()
        while rest := [each for each in self._working(step, [symbol])
                       if each.kind != "market" and id(each) not in met
                       and each.done_in != step]:  # fmt: skip
            wish = min(rest, key=lambda each: each.turn)
            met.add(id(wish))
            self._begin(wish, step)
            price = self._bar(wish, step, "open")
            wish.best = price if wish.best is None else wish.best
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
        if beyond and wish.post_only and not wish.is_judged:
            return self.end(wish, "rejected", "post_only_would_take")
        if stops or beyond:
            rests = beyond and not just and self._has_rested(wish, step)
            self.fill(wish, step, price, rests=rests)
            wish.done_in = step
        wish.is_judged = True
        if wish.is_open and wish.tif in ("ioc", "fok"):
            self.end(wish, "canceled", "not_immediately_fillable")
        return None

    def _has_rested(self, wish: Wish, step: int) -> bool:
        """Tell whether there was an open since its limit was given, or it waited for a fill."""
        if wish.priced is None:
            return True
        between = range(wish.priced + 1, step)
        return any(self.account.row(wish.symbol, each) is not None for each in between)

    def _next(self, symbol: str, step: int) -> tuple[Wish, Touch] | None:
        """Return what the bar does next: the worse kind first (or the better), then the nearer."""
        patient_first = self.option("intrabar", "pessimistic") == "optimistic"
        found: list[tuple[tuple[bool, float, int], Wish, Touch]] = []
        for number, wish in enumerate(self.wishes):
            if wish.status != "working" or wish.kind == "market" or wish.asked >= step:
                continue
            if wish.symbol != symbol:
                continue
            touch = None if wish.done_in == step else self._inside(wish, step)
            if touch is not None:
                distance = abs(touch.price - self._bar(wish, step, "open"))
                found.append(((touch.rests != patient_first, distance, number), wish, touch))
        return min(found, key=lambda each: each[0])[1:] if found else None

    def _inside(self, wish: Wish, step: int) -> Touch | None:
        side = wish.side
        high, low, close = (self._bar(wish, step, name) * side for name in ("high", "low", "close"))
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
        account, symbol, at_open = self.account, wish.symbol, moved != 2
        try:
            quantity = self._quantity(wish, step, price, at_open)
            available = self._available(wish, step)
            if available is not None:
                if available <= 0 or (wish.tif == "fok" and available < quantity):
                    return
                quantity = min(quantity, available)
            slips = wish.limit is None
            paid, due = account.price(step, wish.side, price, quantity, slips, rests)
            account.check(symbol, step, wish.side, quantity, paid, due, at_open)
        except Refused as refusal:
            self.end(wish, "canceled" if wish.filled else "rejected", str(refusal))
            return
        before = account.units[symbol]
        account.trade(symbol, wish.side, quantity, paid, due)
        self.taken[symbol] += quantity
        wish.filled += quantity
        self.fills.append((step, wish.label, wish.side, quantity, paid, due))
        if wish.filled == wish.quantity:
            wish.status = "filled"
        self._follow(wish, step, price, before, moved)

    def _quantity(self, wish: Wish, step: int, price: float, at_open: bool) -> Decimal:
        units = self.account.units[wish.symbol]
        if wish.is_closing and wish.quantity is None and units:
            wish.side, wish.quantity = (-1 if units > 0 else 1), abs(units)
        if wish.is_target and wish.quantity is None:
            change = wish.size - units
            if wish.money:
                aim = self.account.aim(wish.symbol, step, price, at_open, wish.size)
                change = (aim - units).to_integral_value(ROUND_DOWN)
            if not change:
                raise Refused("already_at_target")
            wish.side, wish.quantity = (1 if change > 0 else -1), abs(change)
        elif wish.money and wish.quantity is None:
            budget = wish.size
            if wish.money == "percent":
                budget *= self.account.equity(wish.symbol, step, price, at_open)
            paid = self.account.slipped(price, wish.side if wish.limit is None else 0)
            wish.quantity = self.account.affordable(step, wish.side, paid, budget) // 1
            if not wish.quantity:
                raise Refused("below_minimum")
        if wish.reduce_only and (wish.side == 0 or units * wish.side >= 0):
            raise Refused("nothing_to_reduce")
        if wish.quantity is None:
            entry = wish.parent if wish.is_bracket else None
            wish.quantity = wish.size if entry is None else entry.filled
        left = wish.quantity - wish.filled
        if wish.reduce_only and left > abs(units):
            left = abs(units)
            wish.quantity = wish.filled + left
        return left

    def _available(self, wish: Wish, step: int) -> Decimal | None:
        share = self.option("volume_share", None)
        if share is None:
            return None
        volume = Decimal(self._bar(wish, step, "volume"))
        left = Decimal(repr(share)) * volume - self.taken[wish.symbol]
        return left // 1 if self.account.rule("lot", 0) else left

    def _follow(self, wish: Wish, step: int, price: float, before: Decimal, moved: int) -> None:
        """Let what depends on a fill end, or come to life."""
        for other in self.wishes:
            if other is not wish and other.is_open and wish.group == other.group != 0:
                self.end(other, "canceled", "oco_sibling_filled")
        units = self.account.units[wish.symbol]
        is_over = before != 0 and before * units <= 0
        for other in self.wishes:
            ends = other.reduce_only and other.parent is not None and other.status == "working"
            ends = ends and other.symbol == wish.symbol
            if is_over and ends and other is not wish and other.parent is not wish:
                self.end(other, "canceled", "position_closed")
        for other in self.wishes:
            if other.parent is not wish or other.status != "waiting":
                continue
            if other.is_bracket and units * wish.side <= 0:  # it has closed, and not opened
                if not wish.is_open:
                    self.end(other, "canceled", "position_closed")
                continue
            self._wake(other, wish, step, price, moved)

    def _wake(self, wish: Wish, parent: Wish, step: int, price: float, moved: int) -> None:
        """Bring an order to life in the bar, or after it where another instrument's fill does."""
        wish.status, wish.woke, wish.moved, wish.best = "working", step, moved, price
        self.awakenings += 1
        wish.turn = (2 * step, self.awakenings)
        if wish.symbol != parent.symbol:
            wish.best, wish.done_in = self.account.newest(wish.symbol, step), step
            if wish.kind == "trail":
                wish.moved = 2  # this bar's prices are not its own
        elif wish.kind != "market" and moved != 2:
            self._begin(wish, step)
