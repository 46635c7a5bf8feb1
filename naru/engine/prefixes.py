"""Where a vector strategy is tried again on less: prefixes on which a look ahead shows."""

import random

import numpy as np
from numpy.typing import NDArray

from naru.engine.market import Floats, Ints

# Of all steps: short prefixes cost little, and most looks show at any length.
_SHARES = (0.02, 0.12)
_LONGEST, _SHORTEST = 4_000, 8
_SHORT, _PART = 1_000, 16  # what the further prefixes have at most: so many, such a part of all
_ENDS, _ANYWHERE, _FEW = 2, 6, 4  # of more than a few instruments each prefix tries many


def prefixes_to_try(targets: Floats, seed: int) -> list[int]:
    """Return after how many steps to cut, in rising order.

    Who looks one bar ahead has nothing to look at on a prefix's last bar, and decides something
    else there: on a bar on which a target begins that was decided by the look, on one on which it
    ends if what stands in for the future says so, on any other if it asks for more (a low that is
    one only as long as no bar follows).

    targets  by symbol and step, at least one step
    """
    steps = targets.shape[1]
    chance = random.Random(seed)  # noqa: S311 - no secret
    counts = [min(max(int(steps * share), _SHORTEST), _LONGEST) for share in _SHARES]
    begun = _begins(targets[:, : counts[-1]])
    if not len(begun):
        begun = _begins(targets[:, :_LONGEST])[:1]
    first = _SHORTEST
    if len(begun):
        first = int(begun[0])
        counts = [int(begun[-1]), chance.choice(begun.tolist())]
    last = min(max(min(_SHORT, steps // _PART), 2 * first), _LONGEST, steps)
    early = targets[:, :last]
    ended = _ends(early).tolist()
    counts += chance.choices(ended, k=_ENDS) if ended else []
    traded = int(np.count_nonzero((np.abs(early) > 0.0).any(axis=1)))
    anywhere = max(_ANYWHERE * _FEW // max(traded, _FEW), 2)
    counts += chance.choices(range(min(first, last), last + 1), k=anywhere)
    return sorted({count for count in counts if _SHORTEST <= count < steps})


def _begins(targets: Floats) -> Ints:
    """Return after how many steps a target begins."""
    after = targets[:, 1:]
    return _steps_with((targets[:, :-1] != after) & (after != 0.0) & ~np.isnan(after))


def _ends(targets: Floats) -> Ints:
    """Return after how many steps a target comes to an end."""
    return _steps_with((targets[:, :-1] != targets[:, 1:]) & (targets[:, 1:] == 0.0))


def _steps_with(changes: NDArray[np.bool_]) -> Ints:
    """Return after how many steps something changes, where that makes a prefix long enough."""
    counts = np.flatnonzero(changes.any(axis=0)) + 2
    return counts[counts >= _SHORTEST]
