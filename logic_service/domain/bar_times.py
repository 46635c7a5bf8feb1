"""How long a strategy takes for a bar, in classes that are the same for all of them."""

from bisect import bisect_left

BOUNDS_S = (
    1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3,
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
)  # fmt: skip
"""Upper bounds, inclusive; one more class holds what is slower than all."""

UNKNOWN = -1


def bucket_of(bar_count: int, cpu_s: float) -> int:
    """Return the class of a run's mean CPU time per bar; UNKNOWN without bars."""
    return bisect_left(BOUNDS_S, cpu_s / bar_count) if bar_count > 0 else UNKNOWN
