"""Indicators of volume."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.block_sums import BlockState, block_sums
from naru.ta.exact_sums import mean_row, mean_rows
from naru.ta.registry import indicator


class ObvState:
    """``obv`` fed one by one."""

    __slots__ = ("_before", "_total")

    def __init__(self) -> None:
        self._before = NAN
        self._total = 0.0

    def update(self, close: float, volume: float) -> float:
        """Take one bar; return the running total."""
        before, self._before = self._before, close
        if close > before or isnan(before):
            self._total += volume
        elif close < before:
            self._total -= volume
        return self._total


@indicator("close", "volume", warmup=lambda: 0, state=ObvState)
def obv(close: FloatArray, volume: FloatArray) -> FloatArray:
    """On-balance volume: the running total of volume, signed by the close's change.

    Starts with the first bar's volume. Source: Joseph E. Granville, *New Key to Stock Market
    Profits* (1963); TA-Lib OBV. Warm-up: none.
    """
    signed = volume.copy()
    signed[1:] *= np.sign(np.diff(close))
    return np.add.accumulate(signed)


def sums(*values: Any) -> tuple[Any, ...]:
    """Return the terms of plain sums: the series themselves, without their places."""
    return values[:-1]


class MfiState:
    """``mfi`` fed one by one."""

    __slots__ = ("_before", "_flows")

    def __init__(self, period: int) -> None:
        self._before = NAN
        self._flows = BlockState(period, sums, centered=False)

    def update(self, high: float, low: float, close: float, volume: float) -> float:
        """Take one bar; return the index, NaN during warm-up."""
        price = mean_row(high, low, close)
        before, self._before = self._before, price
        if isnan(before):
            return NAN
        flow = price * volume
        up, down = (flow if price > before else 0.0), (flow if price < before else 0.0)
        if not self._flows.update(up, down):
            return NAN
        inward, outward = self._flows.sums
        total = inward + outward
        return 100.0 * (inward / total) if total else 0.0


@indicator("high", "low", "close", "volume", warmup=lambda period: period, state=MfiState)
def mfi(
    high: FloatArray, low: FloatArray, close: FloatArray, volume: FloatArray, period: int = 14
) -> FloatArray:
    """Money flow index: share of the flow on rising bars, 0 to 100.

    ``flow = tp * volume`` with ``tp = (h + l + c) / 3``; a bar rises when its ``tp`` is above the
    one before; 0 without any flow. (TA-Lib also answers 0 when the flow of the window is below 1,
    which hides instruments of small prices and volumes; here only no flow counts as none.)
    Source: Gene Quong and Avrum Soudack, *Stocks & Commodities* 7:3 (1989); TA-Lib MFI.
    Warm-up: ``period``.
    """
    price = mean_rows(high, low, close)
    flow = price[1:] * volume[1:]
    up = np.where(price[1:] > price[:-1], flow, 0.0)
    down = np.where(price[1:] < price[:-1], flow, 0.0)
    inward, outward = block_sums((up, down), period, sums, centered=False).sums
    total = inward + outward
    return np.where(total == 0.0, 0.0, 100.0 * (inward / total))
