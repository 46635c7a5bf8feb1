"""Where vector strategies are tried again."""

import numpy as np

from naru.engine.prefixes import prefixes_to_try
from naru.engine.shortlog import Asked


def test_of_many_instruments_two_prefixes_end_anywhere() -> None:
    # All begin on one bar and none ends: whatever other length there is was drawn from all.
    symbols = np.arange(30)
    wanted = Asked(np.full(30, 99), symbols, np.full(30, 0.03))

    counts = [set(prefixes_to_try(2520, wanted, seed)) for seed in range(40)]

    assert all(100 in each for each in counts)
    assert max(map(len, counts)) == 3
