"""What was asked for and refused: why a strategy did less than it meant to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from naru.engine.orders import INSUFFICIENT_CASH, NOTHING_TO_DO, NOTHING_TO_REDUCE
from naru.report.catalogue import Language, text

# Closing nothing and reaching a target that is reached: refused as well, and nobody misses it.
_HARMLESS = (NOTHING_TO_DO, NOTHING_TO_REDUCE)


def refusals(orders: Sequence[Mapping[str, Any]], language: Language = "en") -> str:
    """Return how many of a result's orders were rejected, by reason; "" where none was."""
    counts = Counter(
        order["reason"]
        for order in orders
        if order["status"] == "rejected" and order["reason"] not in _HARMLESS
    )
    if not counts:
        return ""
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in counts.most_common())
    told = text("refused_orders", language).format(
        count=f"{counts.total():,}", all=f"{len(orders):,}", reasons=reasons
    )
    most, _ = counts.most_common(1)[0]
    return f"{told}. {text('out_of_cash', language)}" if most == INSUFFICIENT_CASH else told
