"""Exponential smoothing ``y += gain * (x - y)``: fast on arrays, and the same bits bar by bar.

The recurrence is sequential, and each step rounds. To use NumPy without changing a single bit,
the series is cut into blocks that run side by side from guessed starts (the linear solution of
the recurrence). A guess is off by a last bit or so, and smoothing forgets: after some steps a
block computes exactly what the sequential loop would. That is then checked, block by block, with
the true starts; blocks that still differ are run again one after the other.
"""

from __future__ import annotations

from itertools import pairwise
from math import isnan

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.exact_sums import mean_of

SHORT = 3_000  # below this a Python loop is as fast
ENOUGH = 32  # fewer blocks side by side do not pay
LOOK = 16  # rows between two looks whether the blocks agree already


def smooth(
    start: float, values: FloatArray, gain: float, out: FloatArray | None = None
) -> FloatArray:
    """Return ``y[0] = start`` and ``y[t+1] = y[t] + gain * (values[t] - y[t])``, in ``out``."""
    rows = len(values)
    smoothed = np.empty(rows + 1) if out is None else out
    smoothed[0] = start
    length = max(400, int(24 / gain)) | 1  # odd: columns must not fall on the same cache lines
    blocks = rows // length if rows >= SHORT and gain < 1 else 0
    done = 0
    if blocks >= ENOUGH:
        done = blocks * length
        cut = values[:done].reshape(blocks, length)
        smoothed[1 : done + 1].reshape(blocks, length)[:] = _side_by_side(start, cut, gain).T
    if done < rows:
        smoothed[done + 1 :] = _one_by_one(float(smoothed[done]), values[done:], gain)
    return smoothed


def _one_by_one(start: float, values: FloatArray, gain: float) -> list[float]:
    smoothed: list[float] = []
    append = smoothed.append
    level = start
    for value in values.tolist():
        level += gain * (value - level)
        append(level)
    return smoothed


def _side_by_side(start: float, cut: FloatArray, gain: float) -> FloatArray:
    """Smooth the blocks (rows of ``cut``) and return them in columns; each starts where the
    block before ends."""
    blocks, length = cut.shape
    result = np.ascontiguousarray(cut.T)
    level = _guess_starts(start, result, gain)
    step = np.empty(blocks)
    for values in result:
        np.subtract(values, level, out=step)
        np.multiply(step, gain, out=step)
        level = np.add(level, step, out=values)

    ends = result[-1].copy()
    live, level = np.arange(blocks), np.concatenate(([start], ends[:-1]))
    for row in range(length):
        level = level + gain * (cut[live, row] - level)
        if row % LOOK == 0:  # blocks that agree now agree to their end
            differs = level != result[row, live]
            live, level = live[differs], level[differs]
            if not len(live):
                return result
        result[row, live] = level
    for before, block in pairwise(range(blocks)):
        if result[-1, before] != ends[before]:
            result[:, block] = _one_by_one(float(result[-1, before]), cut[block], gain)
    return result


def _guess_starts(start: float, columns: FloatArray, gain: float) -> FloatArray:
    """Return where each block starts, by the recurrence's linear solution (rounded anyhow)."""
    length = len(columns)
    keep = 1.0 - gain
    weights = gain * keep ** np.arange(length - 1.0, -1.0, -1.0)
    kept = keep**length
    level = start
    starts = []
    for added in (weights @ columns).tolist():
        starts.append(level)
        level = level * kept + added
    return np.array(starts)


class SeededState:
    """Smoothing that starts at the mean of its first ``period`` values."""

    __slots__ = ("_gain", "_level", "_period", "_seed")

    def __init__(self, period: int, gain: float) -> None:
        self._period = period
        self._gain = gain
        self._level = NAN
        self._seed: list[float] = []

    def update(self, value: float) -> float:
        """Take one value; return the smoothed one, NaN during warm-up."""
        if not isnan(self._level):
            self._level += self._gain * (value - self._level)
        else:
            self._seed.append(value)
            if len(self._seed) == self._period:
                self._level = mean_of(self._seed)
        return self._level


def seeded(values: FloatArray, period: int, gain: float) -> FloatArray:
    """Smooth from the mean of the first ``period`` values on: ``len - period + 1`` values."""
    return smooth(mean_of(values[:period].tolist()), values[period:], gain)


def seeded_whole(values: FloatArray, period: int, gain: float) -> FloatArray:
    """Do the same in an array as long as ``values``, NaN at its start."""
    whole = np.empty(len(values))
    whole[: period - 1] = NAN
    seed = mean_of(values[:period].tolist())
    smooth(seed, values[period:], gain, out=whole[period - 1 :])
    return whole
