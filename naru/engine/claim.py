"""What a run says of itself: all that is known of one where its orders are replayed."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Claim:
    """What a run says came of it, to be compared with the replay and never published.

    cash        at the end, quote currency
    positions   units by symbol, those that are not zero
    fill_count  how many fills there were
    tolerance   how far cash and positions may be off, as a fraction; 0 where decimals were used
    """

    cash: Decimal
    positions: Mapping[str, Decimal]
    fill_count: int
    tolerance: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "cash": str(self.cash),
            "positions": {symbol: str(units) for symbol, units in self.positions.items()},
            "fill_count": self.fill_count,
            "tolerance": self.tolerance,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Claim":
        """Read what ``to_dict`` wrote.

        Raises ``ArithmeticError``, ``KeyError``, ``TypeError`` or ``ValueError`` for other things.
        """
        claim = cls(
            Decimal(data["cash"]),
            {str(symbol): Decimal(units) for symbol, units in data["positions"].items()},
            int(data["fill_count"]),
            float(data["tolerance"]),
        )
        numbers = (claim.cash, *claim.positions.values(), Decimal(claim.tolerance))
        if not all(number.is_finite() for number in numbers):
            raise ValueError("a claim is made of finite numbers")
        return claim
