"""Fewer points for the same picture."""

import numpy as np
from numpy.typing import NDArray


def thin(values: NDArray[np.float64], points: int) -> NDArray[np.int64]:
    """Return positions to plot, in order: the first, the last, and each bucket's low and high.

    A line through them covers the same pixels as one through all values, spikes included, as long
    as a bucket is no wider than a pixel. At most ``points`` positions (at least 4); all of them
    when there are no more values than that. Values must be finite.
    """
    count = len(values)
    if count <= max(points, 4):
        return np.arange(count)
    buckets = max(1, (points - 2) // 2)
    edges = np.linspace(0, count, buckets + 1).astype(np.int64)
    width = int(np.diff(edges).max())
    # One row a bucket; the shorter rows are filled up with their last value.
    rows = np.minimum(edges[:-1, None] + np.arange(width), edges[1:, None] - 1)
    table = values[rows]
    picked = np.concatenate(
        (
            [0, count - 1],
            np.take_along_axis(rows, table.argmin(axis=1)[:, None], axis=1)[:, 0],
            np.take_along_axis(rows, table.argmax(axis=1)[:, None], axis=1)[:, 0],
        )
    )
    return np.unique(picked)
