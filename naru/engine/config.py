"""The configuration of a run: every convention of time and money as a named option."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import partial
from typing import Any

from naru.engine.calendar import Session
from naru.engine.costs import (
    BpsCommission,
    BpsSlippage,
    Commission,
    DatedTax,
    Slippage,
    read_commission,
    read_slippage,
    read_tax,
    write_part,
)
from naru.engine.instruments import (
    CorporateAction,
    Instrument,
    read_actions,
    read_instruments,
)
from naru.engine.options import as_bool, as_choice, as_decimal, as_int, as_list
from naru.errors import ConfigError

__all__ = ["ConfigError", "RunConfig"]

FILLS = ("next_open", "next_close", "same_close")
INTRABARS = ("pessimistic", "optimistic")
LIMIT_FILLS = ("through", "touch")
PAIRINGS = ("entry", "fifo")
OFF_TICKS = ("reject", "round")
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """How time and money behave in a run. Built by ``from_dict``, which checks everything.

    cash               quote currency at the start, > 0
    fill               when a market order fills: at the next bar's open or close, or at the close
                       that it was decided on (optimistic, for comparisons with other engines)
    intrabar           which of a stop and a limit inside one bar comes first: the worse or better;
                       finer bars of the same symbol, where a run is given them, decide before
    limit_fill         whether a limit order needs a price beyond its limit, or just at it
    pairing            which units an exit ends: those of the entry it belongs to, or the oldest
    commission_bps     of the notional; ``commission`` lists further parts
    slippage_bps       of the price, against the trader; ``slippage`` lists further parts
    taxes              dated taxes, or "krx"
    volume_share       the fraction of a bar's volume that fills may take; none: all
    leverage           gross exposure allowed, in multiples of equity
    maintenance        equity needed to hold positions, as a fraction of gross exposure; below it
                       all are closed at the next open
    allow_short        whether positions may be negative
    borrow_bps         a year, on the value of short positions
    debit_bps          a year, on negative cash
    funding_bps        paid by longs to shorts every ``funding_hours`` on the position's value
    instruments        lots, ticks, minimums and price limits by symbol, or "krx"; "*" is for all
                       others
    off_tick           what becomes of orders whose prices lie between two ticks
    actions            splits and dividends
    session            the trading day: "00:00-24:00" in UTC, or the venue's hours and offsets
    warmup             bars before the strategy may act, at least
    seed               of whatever chance a strategy asks for
    look_ahead_check   whether vector strategies are tried on shortened data too
    compiled           whether bars at which on_bar can be seen to do nothing are passed over
    risk_free          yearly rate as a fraction, for metrics
    benchmark          symbol to compare with in metrics; none: buy and hold of the first
    """

    cash: Decimal = Decimal(10_000)
    fill: str = "next_open"
    intrabar: str = "pessimistic"
    limit_fill: str = "through"
    pairing: str = "entry"
    commission_bps: Decimal = _ZERO
    commission: tuple[Commission, ...] = ()
    slippage_bps: Decimal = _ZERO
    slippage: tuple[Slippage, ...] = ()
    taxes: tuple[DatedTax, ...] = ()
    volume_share: Decimal | None = None
    leverage: Decimal = Decimal(1)
    maintenance: Decimal = _ZERO
    allow_short: bool = True
    borrow_bps: Decimal = _ZERO
    debit_bps: Decimal = _ZERO
    funding_bps: Decimal = _ZERO
    funding_hours: int = 8
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    off_tick: str = "reject"
    actions: tuple[CorporateAction, ...] = ()
    session: Session = field(default_factory=Session)
    warmup: int = 0
    seed: int = 0
    look_ahead_check: bool = True
    compiled: bool = True
    risk_free: Decimal = _ZERO
    benchmark: str | None = None

    def __post_init__(self) -> None:
        for option in fields(self):
            name, value = option.name, getattr(self, option.name)
            if value is not option.default:  # that needs no checking
                object.__setattr__(self, name, _READERS[name](name, value))
        if self.maintenance * self.leverage >= 1:
            raise ConfigError("maintenance", "must be less than 1 / leverage")

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> "RunConfig":
        """Read options as JSON or a command line gives them. Raises ConfigError."""
        for name in data:
            if name not in _READERS:
                known = ", ".join(sorted(_READERS))
                raise ConfigError(str(name), f"is no option of a run (there are: {known})")
        return cls(**data)  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, Any]:
        """Return all options, defaults included, as JSON values."""
        return {option.name: _plain(getattr(self, option.name)) for option in fields(self)}

    def given(self) -> dict[str, Any]:
        """Return the options that are not the defaults, as JSON values; ``from_dict`` adds those.

        A process that is read a configuration while somebody waits is quicker with these.
        """
        return {name: value for name, value in self.to_dict().items() if value != _DEFAULTS[name]}

    def instrument(self, symbol: str) -> Instrument:
        """Return the trading rules of a symbol."""
        return self.instruments.get(symbol) or self.instruments.get("*") or Instrument()

    def commissions(self) -> tuple[Commission, ...]:
        """Return all parts of the commission."""
        return ((BpsCommission(self.commission_bps),) if self.commission_bps else ()) + (
            self.commission
        )

    def slippages(self) -> tuple[Slippage, ...]:
        """Return all parts of the slippage."""
        return ((BpsSlippage(self.slippage_bps),) if self.slippage_bps else ()) + self.slippage


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in sorted(value)}
    if isinstance(value, Instrument | CorporateAction | Session):
        return value.to_dict()
    if isinstance(value, bool | int | str) or value is None:
        return value
    return write_part(value)


Reader = Callable[[str, Any], Any]


def _decimal(low: float, high: float) -> Reader:
    return lambda name, value: as_decimal(name, value, low, high)


def _maybe(read: Reader) -> Reader:
    return lambda name, value: None if value is None else read(name, value)


def _parts(read: Reader) -> Reader:
    """Read a list of parts; one part alone may stand without its list."""

    def parts(name: str, value: Any) -> tuple[Any, ...]:
        if isinstance(value, str | dict):
            return (read(name, value),)
        return tuple(read(f"{name}.{at}", part) for at, part in enumerate(as_list(name, value)))

    return parts


def _symbol(name: str, value: object) -> str:
    if type(value) is not str or not 0 < len(value) <= 64:
        raise ConfigError(name, "must be a symbol")
    return value


def _session(_: str, value: object) -> Session:
    return value if isinstance(value, Session) else Session.from_dict(value)


_READERS: dict[str, Reader] = {
    "cash": _decimal(1e-6, 1e15),
    "fill": partial(as_choice, choices=FILLS),
    "intrabar": partial(as_choice, choices=INTRABARS),
    "limit_fill": partial(as_choice, choices=LIMIT_FILLS),
    "pairing": partial(as_choice, choices=PAIRINGS),
    "commission_bps": _decimal(0, 5_000),
    "commission": _parts(read_commission),
    "slippage_bps": _decimal(0, 5_000),
    "slippage": _parts(read_slippage),
    "taxes": _parts(read_tax),
    "volume_share": _maybe(_decimal(1e-6, 1)),
    "leverage": _decimal(0.01, 500),
    "maintenance": _decimal(0, 1),
    "allow_short": as_bool,
    "borrow_bps": _decimal(0, 1_000_000),
    "debit_bps": _decimal(0, 1_000_000),
    "funding_bps": _decimal(-1_000, 1_000),
    "funding_hours": lambda name, value: as_int(name, value, 1, 24 * 365),
    "instruments": read_instruments,
    "off_tick": partial(as_choice, choices=OFF_TICKS),
    "actions": read_actions,
    "session": _session,
    "warmup": lambda name, value: as_int(name, value, 0, 100_000_000),
    "seed": lambda name, value: as_int(name, value, 0, 2**63 - 1),
    "look_ahead_check": as_bool,
    "compiled": as_bool,
    "risk_free": _decimal(-1, 10),
    "benchmark": _maybe(_symbol),
}

_DEFAULTS = RunConfig().to_dict()
