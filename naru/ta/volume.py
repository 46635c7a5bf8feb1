"""Indicators of volume."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Any

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.averages import VwmaState, window_vwma
from naru.ta.block_sums import WindowState, block_windows, plain
from naru.ta.elementwise import ratio
from naru.ta.exact_sums import mean_row, mean_rows
from naru.ta.exponential import ema_gain
from naru.ta.rates import check_fast_slow
from naru.ta.recursion import smooth
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


def _inward_share(sums: Sequence[Any], *_: Any) -> tuple[Any, ...]:
    inward, outward = sums
    return (100.0 * ratio(inward, inward + outward),)


class MfiState:
    """``mfi`` fed one by one."""

    __slots__ = ("_before", "_flows")

    def __init__(self, period: int) -> None:
        self._before = NAN
        self._flows = WindowState(period, plain, _inward_share, centered=False)

    def update(self, high: float, low: float, close: float, volume: float) -> float:
        """Take one bar; return the index, NaN during warm-up."""
        price = mean_row(high, low, close)
        before, self._before = self._before, price
        if isnan(before):
            return NAN
        flow = price * volume
        return self._flows.update(flow if price > before else 0.0, flow if price < before else 0.0)


@indicator("high", "low", "close", "volume", warmup=lambda period: period, state=MfiState)
def mfi(
    high: FloatArray, low: FloatArray, close: FloatArray, volume: FloatArray, period: int = 14
) -> FloatArray:
    """Money flow index: share of the flow on rising bars, 0 to 100.

    ``flow = tp * volume`` with ``tp = (h + l + c) / 3``; a bar rises when its ``tp`` is above the
    one before; 0 without any flow.
    Source: Gene Quong and Avrum Soudack, *Stocks & Commodities* 7:3 (1989); TA-Lib MFI.
    Warm-up: ``period``.
    """
    price = mean_rows(high, low, close)
    flow = price[1:] * volume[1:]
    up = np.where(price[1:] > price[:-1], flow, 0.0)
    down = np.where(price[1:] < price[:-1], flow, 0.0)
    return block_windows((up, down), period, plain, _inward_share, centered=False)[0]


def money_flow(high: Any, low: Any, close: Any, volume: Any) -> Any:
    """Return volume signed by the close's place in the bar; 0 without a range."""
    return ratio((close - low) - (high - close), high - low) * volume


class AdState:
    """``ad`` fed bar by bar."""

    __slots__ = ("_total",)

    def __init__(self) -> None:
        self._total = 0.0

    def update(self, high: float, low: float, close: float, volume: float) -> float:
        """Take one bar; return the running total."""
        self._total += money_flow(high, low, close, volume)
        return self._total


@indicator("high", "low", "close", "volume", warmup=lambda: 0, state=AdState)
def ad(high: FloatArray, low: FloatArray, close: FloatArray, volume: FloatArray) -> FloatArray:
    """Accumulation/distribution: running total of ``((c - l) - (h - c)) / (h - l) * volume``.

    A bar without a range adds nothing. Source: Marc Chaikin; TA-Lib AD. Warm-up: none.
    """
    return np.add.accumulate(money_flow(high, low, close, volume))


class AdoscState(AdState):
    """``adosc`` fed bar by bar."""

    __slots__ = ("_fast", "_gains", "_slow", "_wait")

    def __init__(self, fast: int, slow: int) -> None:
        super().__init__()
        self._gains = ema_gain(fast), ema_gain(slow)
        self._fast = self._slow = NAN
        self._wait = slow - 1

    def update(self, high: float, low: float, close: float, volume: float) -> float:
        """Take one bar; return the oscillator, NaN during warm-up."""
        total = super().update(high, low, close, volume)
        if isnan(self._fast):
            self._fast = self._slow = total
        else:
            self._fast += self._gains[0] * (total - self._fast)
            self._slow += self._gains[1] * (total - self._slow)
        if self._wait:
            self._wait -= 1
            return NAN
        return self._fast - self._slow


@indicator(
    "high",
    "low",
    "close",
    "volume",
    warmup=lambda fast, slow: slow - 1,
    state=AdoscState,
    check=check_fast_slow,
)
def adosc(
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    volume: FloatArray,
    fast: int = 3,
    slow: int = 10,
) -> FloatArray:
    """Chaikin's oscillator: the difference of two EMAs of ``ad``, both seeded with its first value.

    Source: Marc Chaikin; TA-Lib ADOSC. Warm-up: ``slow - 1``.
    """
    line = np.add.accumulate(money_flow(high, low, close, volume))
    quick, calm = (smooth(float(line[0]), line[1:], ema_gain(period)) for period in (fast, slow))
    return (quick - calm)[slow - 1 :]


def share_of_sums(sums: Sequence[Any], *_: Any) -> tuple[Any, ...]:
    """Return the first sum over the second."""
    part, whole = sums
    return (ratio(part, whole),)


class CmfState:
    """``cmf`` fed bar by bar."""

    __slots__ = ("_window",)

    def __init__(self, period: int) -> None:
        self._window = WindowState(period, plain, share_of_sums, centered=False)

    def update(self, high: float, low: float, close: float, volume: float) -> float:
        """Take one bar; return the flow, NaN during warm-up."""
        return self._window.update(money_flow(high, low, close, volume), volume)


@indicator("high", "low", "close", "volume", warmup=lambda period: period - 1, state=CmfState)
def cmf(
    high: FloatArray, low: FloatArray, close: FloatArray, volume: FloatArray, period: int = 20
) -> FloatArray:
    """Chaikin's money flow, -1 to 1: sum of the money flow over the sum of volume.

    Money flow as in ``ad``; 0 without volume. Source: Marc Chaikin, described in Steven B.
    Achelis, *Technical Analysis from A to Z* (1995). Warm-up: ``period - 1``.
    """
    columns = money_flow(high, low, close, volume), volume
    return block_windows(columns, period, plain, share_of_sums, centered=False)[0]


class VwapState:
    """``vwap`` fed bar by bar."""

    __slots__ = ("_first", "_money", "_volume")

    def __init__(self) -> None:
        self._money = self._volume = 0.0
        self._first = NAN

    def update(self, high: float, low: float, close: float, volume: float) -> float:
        """Take one bar; return the average price since the first."""
        price = mean_row(high, low, close)
        if isnan(self._first):
            self._first = price
        self._money += (price - self._first) * volume
        self._volume += volume
        return self._first + self._money / self._volume if self._volume else price


@indicator("high", "low", "close", "volume", warmup=lambda: 0, state=VwapState)
def vwap(high: FloatArray, low: FloatArray, close: FloatArray, volume: FloatArray) -> FloatArray:
    """Volume-weighted average price since the first bar: ``sum(tp * volume) / sum(volume)``.

    ``tp = (h + l + c) / 3``; the price itself before anything is traded. To anchor it to a
    session give it that session's bars, or use ``rolling_vwap``. Source: Stephen A. Berkowitz et
    al., *Journal of Finance* 43 (1988). Warm-up: none.
    """
    price = mean_rows(high, low, close)
    money = np.add.accumulate((price - price[0]) * volume)
    traded = np.add.accumulate(volume)
    return np.where(traded == 0.0, price, price[0] + ratio(money, traded))


class RollingVwapState:
    """``rolling_vwap`` fed bar by bar."""

    __slots__ = ("_window",)

    def __init__(self, period: int) -> None:
        self._window = VwmaState(period)

    def update(self, high: float, low: float, close: float, volume: float) -> float:
        """Take one bar; return the average price, NaN during warm-up."""
        return self._window.update(mean_row(high, low, close), volume)


@indicator(
    "high", "low", "close", "volume", warmup=lambda period: period - 1, state=RollingVwapState
)
def rolling_vwap(
    high: FloatArray, low: FloatArray, close: FloatArray, volume: FloatArray, period: int = 20
) -> FloatArray:
    """Volume-weighted average price of the last ``period`` bars; the price if nothing was traded.

    ``vwma`` of ``(h + l + c) / 3``. Source: as ``vwap``. Warm-up: ``period - 1``.
    """
    return window_vwma(mean_rows(high, low, close), volume, period)
