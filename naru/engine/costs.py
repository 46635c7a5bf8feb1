"""What trading costs: slippage, commissions, taxes. Small parts that add up.

Every part is a frozen dataclass with a ``kind``; a run's configuration lists them as
``{"kind": "bps", "bps": 5}``. Rates are in basis points (1/10,000).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from naru.engine.options import as_date, as_decimal
from naru.errors import ConfigError

_ZERO = Decimal(0)
_BPS = Decimal(10_000)
_NS_PER_DAY = 86_400_000_000_000


@dataclass(frozen=True, slots=True)
class BpsSlippage:
    """A constant fraction of the price."""

    kind: ClassVar[str] = "bps"
    bps: Decimal

    def fraction(self, price: float, quantity: float, volume: float) -> float:
        """Return the fraction of the price that is lost."""
        return float(self.bps) / 10_000


@dataclass(frozen=True, slots=True)
class FixedSlippage:
    """A constant amount of quote currency per unit, such as one tick."""

    kind: ClassVar[str] = "fixed"
    amount: Decimal

    def fraction(self, price: float, quantity: float, volume: float) -> float:
        """Return the fraction of the price that is lost."""
        return float(self.amount) / price if price > 0 else 0.0


@dataclass(frozen=True, slots=True)
class SpreadSlippage:
    """Half of a quoted spread: buys pay the ask, sells get the bid."""

    kind: ClassVar[str] = "spread"
    bps: Decimal

    def fraction(self, price: float, quantity: float, volume: float) -> float:
        """Return the fraction of the price that is lost."""
        return float(self.bps) / 20_000


@dataclass(frozen=True, slots=True)
class VolumeShareSlippage:
    """``impact * share**2``, share being the quantity over the bar's volume (at most 1).

    The quadratic volume-share model known from Quantopian's Zipline.
    """

    kind: ClassVar[str] = "volume_share"
    impact: Decimal

    def fraction(self, price: float, quantity: float, volume: float) -> float:
        """Return the fraction of the price that is lost."""
        share = min(quantity / volume, 1.0) if volume > 0 else 1.0
        return float(self.impact) * share * share


@dataclass(frozen=True, slots=True)
class SquareRootImpact:
    """``coefficient * sqrt(share)``, share being the quantity over the bar's volume (at most 1).

    The square-root law of market impact (Almgren et al., 2005; Bouchaud et al., 2018).
    """

    kind: ClassVar[str] = "square_root"
    coefficient: Decimal

    def fraction(self, price: float, quantity: float, volume: float) -> float:
        """Return the fraction of the price that is lost."""
        share = min(quantity / volume, 1.0) if volume > 0 else 1.0
        return float(self.coefficient) * math.sqrt(share)


@dataclass(frozen=True, slots=True)
class BpsCommission:
    """A fraction of the notional; less for makers where ``maker_bps`` says so."""

    kind: ClassVar[str] = "bps"
    bps: Decimal
    maker_bps: Decimal | None = None
    minimum: Decimal = _ZERO

    def amount(self, notional: Decimal, quantity: Decimal, maker: bool) -> Decimal:
        """Return the commission in quote currency."""
        rate = self.maker_bps if maker and self.maker_bps is not None else self.bps
        return max(notional * rate / _BPS, self.minimum)

    def taker_rates(self) -> tuple[float, float, float]:
        """Return the parts: of the notional, per unit, and the least amount."""
        return float(self.bps) / 10_000, 0.0, float(self.minimum)


@dataclass(frozen=True, slots=True)
class UnitCommission:
    """An amount of quote currency per unit, with a minimum per fill."""

    kind: ClassVar[str] = "per_unit"
    per_unit: Decimal
    minimum: Decimal = _ZERO

    def amount(self, notional: Decimal, quantity: Decimal, maker: bool) -> Decimal:
        """Return the commission in quote currency."""
        return max(quantity * self.per_unit, self.minimum)

    def taker_rates(self) -> tuple[float, float, float]:
        """Return the parts: of the notional, per unit, and the least amount."""
        return 0.0, float(self.per_unit), float(self.minimum)


@dataclass(frozen=True, slots=True)
class DatedTax:
    """A fraction of the notional that a law sets, with the days from which each rate holds.

    side   "sell", "buy" or "both"
    rates  (first day, basis points), in order of days; before the first nothing is due
    """

    kind: ClassVar[str] = "dated"
    side: str
    rates: tuple[tuple[date, Decimal], ...]

    def amount(self, notional: Decimal, side: int, ts: int) -> Decimal:
        """Return the tax in quote currency on a fill at ``ts`` (ns of the venue's local time)."""
        if self.side != "both" and (self.side == "buy") != (side > 0):
            return _ZERO
        today = ts // _NS_PER_DAY
        due = _ZERO
        for first, bps in self.rates:
            if (first - _EPOCH).days <= today:
                due = bps
        return notional * due / _BPS


# Korea's securities transaction tax on sales, the farm tax of KOSPI included, so that KOSPI and
# KOSDAQ are alike. Source: Securities Transaction Tax Act, article 8, and its Enforcement Decree,
# article 5, as amended in 2019, 2020, 2022 and 2025; read 2026-11. The rate had been 0.30 % since
# 1996; nothing is known here of the time before. Days are those of the law, which means settlement,
# two sessions after the sale. A fill counts by its own day: sales of the last two sessions before a
# change are taxed at the rate before it.
KRX_SALE_TAX = DatedTax(
    "sell",
    (
        (date(1997, 1, 1), Decimal(30)),
        (date(2019, 6, 3), Decimal(25)),
        (date(2021, 1, 1), Decimal(23)),
        (date(2023, 1, 1), Decimal(20)),
        (date(2024, 1, 1), Decimal(18)),
        (date(2025, 1, 1), Decimal(15)),
        (date(2026, 1, 1), Decimal(20)),
    ),
)
_EPOCH = date(1970, 1, 1)

Slippage = BpsSlippage | FixedSlippage | SpreadSlippage | VolumeShareSlippage | SquareRootImpact
Commission = BpsCommission | UnitCommission
_SLIPPAGES: tuple[type[Slippage], ...] = (
    BpsSlippage,
    FixedSlippage,
    SpreadSlippage,
    VolumeShareSlippage,
    SquareRootImpact,
)
_COMMISSIONS: tuple[type[Commission], ...] = (BpsCommission, UnitCommission)


def read_slippage(field: str, data: object) -> Slippage:
    """Build a slippage part from its dictionary. Raises ConfigError."""
    part: Slippage = _read(field, data, _SLIPPAGES)
    return part


def read_commission(field: str, data: object) -> Commission:
    """Build a commission part from its dictionary. Raises ConfigError."""
    part: Commission = _read(field, data, _COMMISSIONS)
    return part


def read_tax(field: str, data: object) -> DatedTax:
    """Build a tax from ``{"kind": "dated", "side", "rates": [[day, bps], ...]}``."""
    if data == "krx":
        return KRX_SALE_TAX
    if isinstance(data, DatedTax):
        return data
    if not isinstance(data, dict) or set(data) - {"kind"} != {"side", "rates"}:
        raise ConfigError(field, 'must be "krx" or have a side and rates')
    if data["side"] not in ("buy", "sell", "both"):
        raise ConfigError(f"{field}.side", 'must be "buy", "sell" or "both"')
    rates = data["rates"]
    if not isinstance(rates, list | tuple) or not all(
        isinstance(rate, list | tuple) and len(rate) == 2 for rate in rates
    ):
        raise ConfigError(f"{field}.rates", "must be a list of [day, basis points]")
    read = tuple(
        (as_date(f"{field}.rates", day), as_decimal(f"{field}.rates", bps, 0, 10_000))
        for day, bps in rates
    )
    if list(read) != sorted(read):
        raise ConfigError(f"{field}.rates", "must be in order of days")
    return DatedTax(data["side"], read)


def flat_slippage(parts: Sequence[Slippage]) -> float | None:
    """Return the fraction lost on every fill, where neither price nor size matter."""
    if all(isinstance(part, BpsSlippage | SpreadSlippage) for part in parts):
        return math.fsum(part.fraction(1.0, 1.0, 1.0) for part in parts)
    return None


def plain_rate(parts: Sequence[Commission]) -> Decimal | None:
    """Return the commission as a fraction of the notional, where it is no more than that."""
    rate = Decimal(0)
    for part in parts:
        if not isinstance(part, BpsCommission) or part.minimum or part.maker_bps is not None:
            return None
        rate += part.bps / 10_000
    return rate


def write_part(part: Slippage | Commission | DatedTax) -> dict[str, Any]:
    """Return the dictionary that the part is read from."""
    values: dict[str, Any] = {"kind": part.kind}
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, tuple):
            value = [[day.isoformat(), str(bps)] for day, bps in value]
        elif isinstance(value, Decimal):
            value = str(value)
        if value is not None:
            values[field.name] = value
    return values


def _read(field: str, data: object, kinds: tuple[type[Any], ...]) -> Any:
    if isinstance(data, kinds):
        return data
    known = {kind.kind: kind for kind in kinds}
    if not isinstance(data, dict) or data.get("kind") not in known:
        raise ConfigError(field, f"must have a kind, one of {', '.join(known)}")
    kind = known[data["kind"]]
    names = {part.name for part in fields(kind)}
    given = {key: value for key, value in data.items() if key != "kind"}
    for key in given:
        if key not in names:
            raise ConfigError(f"{field}.{key}", f"is no option of {kind.kind!r}")
    try:
        return kind(
            **{key: as_decimal(f"{field}.{key}", value, 0, 10**9) for key, value in given.items()}
        )
    except TypeError as error:
        raise ConfigError(field, f"an option of {kind.kind!r} is missing") from error
