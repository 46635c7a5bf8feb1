"""A working order and what becomes of it: statuses, reasons, fills."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import nan
from typing import NamedTuple

from naru.engine.instruments import SMALLEST_LOT, whole_units
from naru.engine.orderlog import Flag, Kind, Mode, Record, Tif

WAITING, WORKING = "waiting", "working"
FILLED, CANCELED, REJECTED, EXPIRED = "filled", "canceled", "rejected", "expired"

# Why an order did not fill, or not wholly. Codes are public: never renamed, never reused.
USER = "canceled_by_strategy"
END_OF_DATA = "end_of_data"
SIBLING_FILLED = "oco_sibling_filled"
POSITION_CLOSED = "position_closed"
PARENT_DEAD = "parent_not_filled"
TIME_IN_FORCE = "time_in_force"
NOT_IMMEDIATE = "not_immediately_fillable"
INSUFFICIENT_CASH = "insufficient_cash"
INSUFFICIENT_MARGIN = "insufficient_margin"
SHORT_NOT_ALLOWED = "short_not_allowed"
NOTHING_TO_REDUCE = "nothing_to_reduce"
NOTHING_TO_DO = "already_at_target"
WOULD_TAKE = "post_only_would_take"
OFF_LOT = "not_a_multiple_of_lot"
OFF_TICK = "not_a_multiple_of_tick"
TOO_SMALL = "below_minimum"
PRICE_LIMIT = "outside_price_limit"
BANKRUPT = "no_equity"
WRONG_SIDE = "bracket_on_wrong_side"
CASH_IN_LIEU = "cash_in_lieu"
MARGIN_CALL = "margin_call"

_ZERO = Decimal(0)
_FOLLOWING = (Mode.TARGET_UNITS, Mode.TARGET_PERCENT, Mode.CLOSE)
_STOPS = (Kind.STOP, Kind.STOP_LIMIT, Kind.TRAIL)


class Fill(NamedTuple):
    """An executed quantity. An order becomes one or more fills.

    step        the bar in which it happens, on the run's timeline
    ts          that bar's open, ns since the epoch, UTC
    symbol      index of the instrument
    side        1 bought, -1 sold
    quantity    units, always > 0
    price       quote currency per unit, slippage already applied
    commission  quote currency, taxes included, >= 0
    order_id    the order's number; negative for orders that the engine itself placed
    reference   the price before slippage
    maker       whether the order rested in the book
    """

    step: int
    ts: int
    symbol: int
    side: int
    quantity: Decimal
    price: Decimal
    commission: Decimal
    order_id: int
    reference: float
    maker: bool


class Order:
    """One instruction, in the terms of the order log, and its state.

    quantity   units wanted in all; None until the first chance to fill settles it
    filled     units filled so far
    value      sum of quantity times price over the fills
    group      orders of one group exclude each other
    born       the bar within which a bracket's order came alive, and the way the price had moved
               to get there: 1 up, -1 down, 0 at the bar's open
    seen       the last bar in which its turn is over
    priced     the bar after which its limit was asked for; before all of them where it waits for
               another order's fill
    day        the local day that a day order lives in, once it has met a bar
    reference  what a trailing stop trails: the best price so far
    """

    __slots__ = (
        "at", "born", "born_move", "day", "done", "filled", "flags", "group", "id", "is_stop",
        "kind", "limit", "mode", "oco", "parent", "priced", "quantity", "reason", "reference",
        "seen", "side", "since", "size", "sl", "sl_order", "status", "step", "stop", "symbol",
        "tag", "tif", "tp", "tp_order", "trail", "triggered", "until", "value",
    )  # fmt: skip

    def __init__(self, number: int, record: Record) -> None:
        (
            self.step, _, self.kind, self.mode, self.tif, self.at, self.flags, self.side, _,
            self.symbol, _, self.parent, self.oco, self.tag, self.size, self.limit, self.stop,
            self.trail, self.sl, self.tp, self.until,
        ) = record  # fmt: skip
        self.id = number
        self.status = WORKING
        self.reason: str | None = None
        self.quantity: Decimal | None = None
        self.filled = _ZERO
        self.value = _ZERO
        self.group: int | None = None
        self.sl_order: Order | None = None
        self.tp_order: Order | None = None
        self.is_stop = self.kind in _STOPS
        self.triggered = False
        self.born = self.seen = self.done = -1
        self.day: int | None = None  # days before 1970 are negative
        self.born_move = 0
        self.reference = self.stop
        self.since = 0
        self.priced = self.step if self.parent < 0 else -1

    @property
    def is_open(self) -> bool:
        """Whether it may still fill."""
        return self.status is WORKING or self.status is WAITING

    @property
    def is_judged_next(self) -> bool:
        """Whether its next bar decides on it, or on how long it lives, wherever prices are."""
        waits = self.tif in (Tif.GTC, Tif.GTD) or self.day is not None
        return not waits or bool(self.flags & Flag.POST_ONLY)

    @property
    def reduce_only(self) -> bool:
        """Whether it may only make a position smaller."""
        return bool(self.flags & Flag.REDUCE_ONLY)

    @property
    def is_bracket(self) -> bool:
        """Whether it is a stop-loss or take-profit that came with its entry."""
        return self.size == 0.0 and self.parent >= 0 and self.mode == Mode.UNITS

    @property
    def is_sized(self) -> bool:
        """Whether its size was asked for, and does not follow from what is held."""
        return self.mode not in _FOLLOWING and not self.is_bracket

    @property
    def average_price(self) -> Decimal | None:
        """The mean price of its fills; None without any."""
        return self.value / self.filled if self.filled else None

    def trigger_level(self) -> float:
        """Return the stop price as it stands now."""
        if self.kind != Kind.TRAIL:
            return self.stop
        distance = self.reference * self.trail if self.flags & Flag.TRAIL_FRACTION else self.trail
        return self.reference - distance if self.side < 0 else self.reference + distance

    def split(self, ratio: Decimal, grain: Decimal) -> None:
        """Restate it for units of which there are now ``ratio`` for one.

        grain  what units are counted in: orders that open ask for no more than they did, those
               that close for all that there may be, and are cut to what is held when they fill
        """
        factor = float(ratio)
        for name in ("limit", "stop", "sl", "tp", "reference"):
            setattr(self, name, getattr(self, name) / factor)
        if not self.flags & Flag.TRAIL_FRACTION:
            self.trail /= factor
        rounding = ROUND_CEILING if self.reduce_only else ROUND_FLOOR
        if self.mode in (Mode.UNITS, Mode.TARGET_UNITS):
            self.size *= factor
            if grain != SMALLEST_LOT and self.size:
                whole = whole_units(Decimal(repr(self.size)), grain, rounding)
                self.size = float(whole) or self.size  # 0 is a bracket's size
        if self.quantity is not None:
            self.quantity = whole_units(self.quantity * ratio, grain, rounding)
        self.filled = whole_units(self.filled * ratio, grain, rounding)

    def resize(self, quantity: Decimal) -> None:
        """Want so many units in all, whatever was asked for before."""
        self.mode, self.size = Mode.UNITS, float(quantity)
        if self.quantity is not None:
            self.quantity = quantity

    def end(self, status: str, reason: str | None, step: int) -> None:
        """Leave the book."""
        self.status = status
        self.reason = reason
        self.done = step


def own_order(number: int, step: int, symbol: int, mode: int, size: float) -> Order:
    """Return a market order that the engine itself places, to be filled in bar ``step``."""
    record: Record = (
        step - 1, 0, Kind.MARKET, mode, 0, 0, 0, 0, 0, symbol, -1, -1, -1, 0, size,
        nan, nan, nan, nan, nan, 0,
    )  # fmt: skip
    return Order(number, record)
