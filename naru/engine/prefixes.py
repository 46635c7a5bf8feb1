"""Where a vector strategy is tried again on less: prefixes on which a look ahead shows."""

import random

import numpy as np

from naru.engine.market import Ints
from naru.engine.shortlog import Asked

# Of all steps: short prefixes cost little, and most looks show at any length.
_SHARES = (0.02, 0.12)
_LONGEST, _SHORTEST = 4_000, 8
_SHORT, _PART = 1_000, 16  # what the further prefixes have at most: so many, such a part of all
_ENDS, _ANYWHERE, _FEW = 2, 6, 4  # of more than a few instruments each prefix tries many
_LEAST = 2  # anywhere: with one, a single instrument that peeps among many is missed more often


def prefixes_to_try(length: int, wanted: Asked, seed: int) -> list[int]:
    """Return after how many steps to cut, in rising order.

    Who looks one bar ahead has nothing to look at on a prefix's last bar, and decides something
    else there: on a bar on which a position begins that was decided by the look, on one on which
    it ends if what stands in for the future says so, on any other if it asks for more (a low that
    is one only as long as no bar follows).

    length  steps in all, at least one
    wanted  of the whole series
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    counts = [min(max(int(length * share), _SHORTEST), _LONGEST) for share in _SHARES]
    wanted = wanted.until(_LONGEST)
    begun = _lengths(wanted.steps[wanted.sizes != 0.0])
    begun = begun[: max(int(np.searchsorted(begun, counts[-1], side="right")), 1)]
    first = _SHORTEST
    if len(begun):
        first = int(begun[0])
        counts = [int(begun[-1]), chance.choice(begun.tolist())]
    last = min(max(min(_SHORT, length // _PART), 2 * first), _LONGEST, length)
    early = wanted.until(last)
    is_end = early.sizes == 0.0
    ended = _lengths(early.steps[is_end]).tolist()
    counts += chance.choices(ended, k=_ENDS) if ended else []
    traded = len(set(early.symbols[~is_end].tolist()))
    anywhere = max(_ANYWHERE * _FEW // max(traded, _FEW), _LEAST)
    counts += chance.choices(range(min(first, last), last + 1), k=anywhere)
    return sorted({count for count in counts if _SHORTEST <= count < length})


def _lengths(steps: Ints) -> Ints:
    """Return how many steps a prefix has that ends on one of these, where it is long enough."""
    counts = steps + 1
    return counts[np.searchsorted(counts, _SHORTEST) :]
