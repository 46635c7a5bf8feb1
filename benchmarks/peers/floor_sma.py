"""The floor: SMA cross and its account in one loop compiled by numba."""

import sys

import numba
import numpy as np
from timing import report

CASH, RATE = 10_000.0, 1e-5


@numba.njit
def cross(opens, cents):
    cash, units, fills, wish = CASH, 0.0, 0, 0
    fast = slow = before = 0
    for row in range(len(cents)):
        if wish > 0 and units == 0.0:
            units = cash / (opens[row] * (1 + RATE))
            cash = 0.0
            fills += 1
        elif wish < 0 and units > 0.0:
            cash = units * opens[row] * (1 - RATE)
            units = 0.0
            fills += 1
        wish = 0
        fast += cents[row]
        slow += cents[row]
        if row >= 20:
            fast -= cents[row - 20]
        if row >= 50:
            slow -= cents[row - 50]
        if row >= 49:
            now = fast * 5 - slow * 2
            if row > 49:
                wish = 1 if before < 0 < now else -1 if before > 0 > now else 0
            before = now
    return cash + units * cents[-1] / 100.0, fills


def prepare():
    bars = np.load(sys.argv[1])
    return bars["open"], np.rint(bars["close"] * 100).astype(np.int64)


report(prepare, lambda material: cross(*material), lambda result: (result[1], result[0]))
