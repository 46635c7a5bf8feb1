"""Trading rules of instruments (lots, ticks, limits) and their corporate actions."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from naru.engine.options import as_decimal, as_list
from naru.errors import ConfigError

SMALLEST_LOT = Decimal("1e-8")
_BIGGEST = 10**15
_ONE = Decimal(1)


def whole_units(units: Decimal, grain: Decimal, rounding: str) -> Decimal:
    """Return a multiple of the grain; of the smallest one, the nearest."""
    units = units.quantize(SMALLEST_LOT)
    if grain == SMALLEST_LOT:
        return units
    return (units / grain).to_integral_value(rounding) * grain


@dataclass(frozen=True, slots=True)
class Instrument:
    """What a venue asks of orders in one instrument.

    lot           quantities are multiples of it; 1e-8 unless given
    tick          prices are multiples of it: orders off it are rejected, fills are rounded to it
                  against the trader; none: no such rule
    tick_ladder   (from this price on, tick) in rising order, where ticks grow with the price
    min_quantity, min_notional   smaller orders are rejected; units and quote currency
    price_limit   fraction of the last session's close that a price may move in a day
    """

    lot: Decimal = SMALLEST_LOT
    tick: Decimal | None = None
    tick_ladder: tuple[tuple[Decimal, Decimal], ...] = ()
    min_quantity: Decimal = Decimal(0)
    min_notional: Decimal = Decimal(0)
    price_limit: Decimal | None = None

    @property
    def grain(self) -> Decimal:
        """What units are counted in: board lots of more than one are traded, but held singly."""
        return min(self.lot, _ONE)

    def tick_at(self, price: float) -> Decimal | None:
        """Return the tick that holds at a price."""
        tick = self.tick
        for start, step in self.tick_ladder:
            if price >= start:
                tick = step
        return tick

    def to_dict(self) -> dict[str, Any]:
        """Return the rules that differ from having none."""
        values: dict[str, Any] = {}
        for part in fields(self):
            value = getattr(self, part.name)
            if value != part.default:
                ladder = isinstance(value, tuple)
                values[part.name] = (
                    [[str(start), str(tick)] for start, tick in value] if ladder else str(value)
                )
        return values


# Shares on KOSPI and KOSDAQ. Ticks: KRX Business Regulation since 2023-01-25, one ladder for both
# (before, 1,000 to 2,000, 10,000 to 20,000 and 100,000 to 200,000 won had wider ones, whose prices
# lie on this one too). Daily limit: 30 % since 2015-06-15 (15 % before). Units: single shares since
# 2014-06-02 (KOSDAQ before). Not for funds and notes, whose tick is 5 won.
KRX_SHARE = Instrument(
    lot=_ONE,
    tick_ladder=tuple(
        (Decimal(start), Decimal(tick))
        for start, tick in (
            (0, 1), (2_000, 5), (5_000, 10), (20_000, 50), (50_000, 100), (200_000, 500),
            (500_000, 1_000),
        )
    ),
    price_limit=Decimal("0.3"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CorporateAction:
    """Something that happens to every unit held, before the first bar at or after ``ts`` opens.

    ts        ns since the epoch, UTC
    split     new units for one old; prices of working orders are divided by it
    dividend  quote currency per unit held: paid to longs, owed by shorts
    """

    symbol: str
    ts: int
    split: Decimal = Decimal(1)
    dividend: Decimal = Decimal(0)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "symbol": self.symbol,
            "ts": self.ts,
            "split": str(self.split),
            "dividend": str(self.dividend),
        }


def read_instruments(field: str, data: object) -> dict[str, Instrument]:
    """Read trading rules by symbol. Raises ConfigError."""
    if not isinstance(data, Mapping):
        raise ConfigError(field, "must map symbols to rules")
    return {
        str(symbol): _read_instrument(f"{field}.{symbol}", rules) for symbol, rules in data.items()
    }


def _read_instrument(field: str, data: object) -> Instrument:
    if isinstance(data, Instrument):
        return data
    if data == "krx":
        return KRX_SHARE
    if not isinstance(data, Mapping):
        raise ConfigError(field, 'must be an object, or "krx"')
    known = {part.name for part in fields(Instrument)}
    values: dict[str, Any] = {}
    for name, value in data.items():
        place = f"{field}.{name}"
        if name not in known:
            raise ConfigError(place, "is no rule of an instrument")
        if name == "tick_ladder":
            values[name] = _read_ladder(place, value)
        else:
            low = 1e-8 if name == "lot" else 1e-12 if name in ("tick", "price_limit") else 0
            values[name] = as_decimal(place, value, low, _BIGGEST)
    if values.get("lot", SMALLEST_LOT) % SMALLEST_LOT:
        raise ConfigError(f"{field}.lot", "must be a multiple of 1e-8")
    return Instrument(**values)


def _read_ladder(field: str, data: object) -> tuple[tuple[Decimal, Decimal], ...]:
    steps = []
    for step in as_list(field, data):
        if not isinstance(step, list | tuple) or len(step) != 2:
            raise ConfigError(field, "must be a list of [from price, tick]")
        start = as_decimal(field, step[0], 0, _BIGGEST)
        steps.append((start, as_decimal(field, step[1], 1e-12, _BIGGEST)))
    if steps != sorted(steps):
        raise ConfigError(field, "must be in rising order")
    return tuple(steps)


def read_actions(field: str, data: object) -> tuple[CorporateAction, ...]:
    """Read splits and dividends, in order of time. Raises ConfigError."""
    alone = isinstance(data, Mapping)
    actions = [
        _read_action(f"{field}.{place}", entry)
        for place, entry in enumerate([data] if alone else as_list(field, data))
    ]
    return tuple(sorted(actions, key=lambda action: (action.ts, action.symbol)))


def _read_action(field: str, data: object) -> CorporateAction:
    if isinstance(data, CorporateAction):
        return data
    if not isinstance(data, Mapping) or not {"symbol", "ts"} <= set(data):
        raise ConfigError(field, "must have a symbol and a ts")
    unknown = set(data) - {"symbol", "ts", "split", "dividend"}
    if unknown:
        raise ConfigError(f"{field}.{min(unknown)}", "is no part of a corporate action")
    return CorporateAction(
        str(data["symbol"]),
        read_instant(f"{field}.ts", data["ts"]),
        as_decimal(f"{field}.split", data.get("split", 1), 1e-6, 1e6),
        as_decimal(f"{field}.dividend", data.get("dividend", 0), 0, _BIGGEST),
    )


def read_instant(field: str, value: object) -> int:
    """Return ns since the epoch of an ISO 8601 text or a number of ns. Raises ConfigError."""
    if type(value) is int:
        return value
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ConfigError(field, f"must be an ISO 8601 instant, not {value!r}") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    # Whole microseconds by integers: a float of seconds would lose the last digits.
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000
