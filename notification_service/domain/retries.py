"""When to try a delivery again, and when to switch a target off."""

from datetime import timedelta

PAUSES: tuple[timedelta, ...] = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
"""Nine tries within a day: an outage over night is survived, and nobody is flooded."""

DISABLE_AFTER = timedelta(days=3)
"""How long every try must have failed before a webhook is switched off."""

_SPREAD = 0.25


def pause_after(attempts: int, chance: float) -> timedelta | None:
    """Return how long to wait after the ``attempts``-th failed try; None: give up.

    ``chance`` in [0, 1) spreads the tries of many deliveries that failed together.
    """
    if attempts > len(PAUSES):
        return None
    return PAUSES[attempts - 1] * (1 + _SPREAD * chance)
