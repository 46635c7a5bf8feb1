"""Judge what a sandboxed run left behind: the one way from an order log to money."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from naru.bars import Bars
from naru.engine.claim import Claim
from naru.engine.config import RunConfig
from naru.engine.orderlog import OrderLog
from naru.engine.replay import Replay, reconcile, replay
from naru.errors import ReconciliationError

__all__ = ["settle"]


def settle(
    bars: Sequence[Bars],
    orders: bytes,
    claim: Mapping[str, Any],
    config: RunConfig,
    pulse: Callable[[], None] | None = None,
) -> Replay:
    """Replay an order log of unknown origin and compare the outcome with what the run claims.

    pulse  as ``replay`` has it: orders that nobody ever ran may take long

    Raises OrderLogError for bytes that no run can have written, ReconciliationError when the run
    and its replay do not come to the same result.
    """
    try:
        claimed = Claim.from_dict(claim)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ReconciliationError("the run's claim cannot be read") from error
    outcome = replay(bars, OrderLog.from_bytes(orders), config, pulse)
    reconcile(outcome, claimed)
    return outcome
