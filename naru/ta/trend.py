"""Trend followers that carry a state from bar to bar."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.block_sums import WindowState, block_windows, plain
from naru.ta.elementwise import ratio
from naru.ta.extremes import rolling_max, rolling_min
from naru.ta.memory import LagState
from naru.ta.prices import MidpriceState
from naru.ta.recursion import seeded
from naru.ta.registry import indicator
from naru.ta.volatility import AtrState, TrueRangeState, bar_ranges

T = TypeVar("T")


class PsarState:
    """``psar`` fed bar by bar."""

    __slots__ = ("_extreme", "_factor", "_high", "_limit", "_long", "_low", "_step", "_stop")

    def __init__(self, step: float, limit: float) -> None:
        self._step = min(step, limit)
        self._limit = limit
        self._factor = self._step
        self._high = self._low = self._stop = self._extreme = NAN
        self._long = True

    def update(self, high: float, low: float) -> float:
        """Take one bar; return the stop, NaN for the first."""
        return self.follow([high], [low])[0]

    def follow(self, highs: Sequence[float], lows: Sequence[float]) -> list[float]:
        """Take bars in turn; return the stop of each, NaN for the first."""
        stops: list[float] = []
        for high, low in zip(highs, lows, strict=True):
            if isnan(self._stop):
                if isnan(self._high):
                    self._high, self._low = high, low
                    stops.append(NAN)
                    continue
                self._start(high, low)
            before_high, before_low = self._high, self._low
            self._high, self._low = high, low
            if self._long:
                stops.append(self._trail(low, high, before_low, before_high, 1.0))
            else:  # the short side is the long one seen in a mirror
                stops.append(-self._trail(-high, -low, -before_high, -before_low, -1.0))
        return stops

    def _start(self, high: float, low: float) -> None:
        """Choose the first side by the first directional movement."""
        fall, rise = self._low - low, high - self._high
        self._long = not (fall > 0.0 and fall > rise)
        self._stop = self._low if self._long else self._high
        self._extreme = high if self._long else low
        self._high, self._low = high, low  # the stop may not pass the first bar's own range

    def _trail(
        self, near: float, far: float, near_before: float, far_before: float, sign: float
    ) -> float:
        """Move the stop on; prices are signed so that the position is long."""
        stop, extreme = self._stop * sign, self._extreme * sign
        if near <= stop:
            self._long = not self._long
            self._factor = self._step
            shown = max(extreme, far_before, far)
            stop, extreme = shown, near
            stop = max(stop + self._factor * (extreme - stop), far_before, far)
        else:
            shown = stop
            if far > extreme:
                extreme = far
                self._factor = min(self._factor + self._step, self._limit)
            stop = min(stop + self._factor * (extreme - stop), near_before, near)
        self._stop, self._extreme = stop * sign, extreme * sign
        return shown


@indicator("high", "low", warmup=lambda step, limit: 1, state=PsarState)
def psar(high: FloatArray, low: FloatArray, step: float = 0.02, limit: float = 0.2) -> FloatArray:
    """Parabolic stop and reverse: a stop that speeds up with every new extreme.

    ``stop += factor * (extreme - stop)``, never beyond the last two bars; ``factor`` grows by
    ``step`` up to ``limit`` with each new extreme. When touched, the stop jumps to the extreme
    and the side changes. The first side follows the first directional movement. Source:
    J. Welles Wilder, *New Concepts in Technical Trading Systems* (1978); TA-Lib SAR. Warm-up: 1.
    """
    return np.array(PsarState(step, limit).follow(high.tolist(), low.tolist()))


class Supertrend(NamedTuple, Generic[T]):
    """Outputs of ``supertrend``."""

    line: T
    direction: T


class SupertrendState:
    """``supertrend`` fed bar by bar."""

    __slots__ = ("_close", "_lower", "_range", "_rising", "_upper", "_width")

    def __init__(self, period: int, width: float) -> None:
        self._range = AtrState(period)
        self._width = width
        self._rising = False
        self._upper = self._lower = self._close = NAN

    def update(self, high: float, low: float, close: float) -> Supertrend[float]:
        """Take one bar; return line and direction, NaN during warm-up."""
        spread = self._width * self._range.update(high, low, close)
        if isnan(spread):
            return Supertrend(NAN, NAN)
        middle = (high + low) / 2.0
        lines, directions = self.follow([middle + spread], [middle - spread], [close])
        return Supertrend(lines[0], directions[0])

    def follow(
        self, uppers: Sequence[float], lowers: Sequence[float], closes: Sequence[float]
    ) -> tuple[list[float], list[float]]:
        """Take bands and closes in turn; return lines and directions."""
        lines: list[float] = []
        directions: list[float] = []
        rising, last_upper, last_lower = self._rising, self._upper, self._lower
        before = self._close
        for band_upper, band_lower, close in zip(uppers, lowers, closes, strict=True):
            upper, lower = band_upper, band_lower
            # A band only moves towards the price, unless the close was already beyond it.
            if upper >= last_upper and before <= last_upper:
                upper = last_upper
            if lower <= last_lower and before >= last_lower:
                lower = last_lower
            rising = close >= lower if rising else close > upper
            lines.append(lower if rising else upper)
            directions.append(1.0 if rising else -1.0)
            last_upper, last_lower, before = upper, lower, close
        self._rising, self._upper, self._lower, self._close = rising, last_upper, last_lower, before
        return lines, directions


@indicator(
    "high",
    "low",
    "close",
    warmup=lambda period, width: period,
    state=SupertrendState,
    outputs=Supertrend,
)
def supertrend(
    high: FloatArray, low: FloatArray, close: FloatArray, period: int = 10, width: float = 3.0
) -> Supertrend[FloatArray]:
    """Trend line ``width * atr(period)`` away from the bar's middle; direction 1 up, -1 down.

    A band only moves towards the price until the close passes it, then the line changes sides.
    Begins as a falling trend. Source: Olivier Seban (2009). Warm-up: ``period``.
    """
    spread = width * seeded(bar_ranges(high, low, close), period, 1.0 / period)
    middle = (high[period:] + low[period:]) / 2.0
    lines, directions = SupertrendState(period, width).follow(
        (middle + spread).tolist(), (middle - spread).tolist(), close[period:].tolist()
    )
    return Supertrend(np.array(lines), np.array(directions))


class Ichimoku(NamedTuple, Generic[T]):
    """Outputs of ``ichimoku``; the cloud of a bar is what lies at that bar on the chart."""

    conversion: T
    base: T
    span_a: T
    span_b: T


class IchimokuState:
    """``ichimoku`` fed bar by bar."""

    __slots__ = ("_base", "_conversion", "_past_a", "_past_b", "_wide")

    def __init__(self, conversion: int, base: int, span_b: int, displacement: int) -> None:
        self._conversion = MidpriceState(conversion)
        self._base = MidpriceState(base)
        self._wide = MidpriceState(span_b)
        self._past_a = LagState(displacement)
        self._past_b = LagState(displacement)

    def update(self, high: float, low: float) -> Ichimoku[float]:
        """Take one bar; return the lines, NaN until all four have values."""
        conversion = self._conversion.update(high, low)
        base = self._base.update(high, low)
        span_a = self._past_a.update((conversion + base) / 2.0)
        span_b = self._past_b.update(self._wide.update(high, low))
        if isnan(span_a) or isnan(span_b):
            return Ichimoku(NAN, NAN, NAN, NAN)
        return Ichimoku(conversion, base, span_a, span_b)


@indicator(
    "high",
    "low",
    warmup=lambda conversion, base, span_b, displacement: (
        max(conversion, base, span_b) - 1 + displacement
    ),
    state=IchimokuState,
    outputs=Ichimoku,
)
def ichimoku(
    high: FloatArray,
    low: FloatArray,
    conversion: int = 9,
    base: int = 26,
    span_b: int = 52,
    displacement: int = 26,
) -> Ichimoku[FloatArray]:
    """Ichimoku lines; each is the middle of highest high and lowest low over its period.

    ``span_a`` (mean of conversion and base) and ``span_b`` are those of ``displacement`` bars ago:
    the cloud as it lies at this bar on the chart. The lagging span is the close; compare it with
    ``close[-1 - displacement]``. Source: Goichi Hosoda (1969).
    Warm-up: the longest period - 1 + ``displacement``.
    """
    rows = len(high) - max(conversion, base, span_b) + 1 - displacement
    quick, calm, wide = (
        (rolling_max(high, period) + rolling_min(low, period)) / 2.0
        for period in (conversion, base, span_b)
    )
    past = slice(-displacement - rows, -displacement)
    return Ichimoku(
        quick[len(quick) - rows :],
        calm[len(calm) - rows :],
        (quick[past] + calm[past]) / 2.0,
        wide[past],
    )


class Vortex(NamedTuple, Generic[T]):
    """Outputs of ``vortex``."""

    plus: T
    minus: T


def _shares(sums: Sequence[Any], *_: Any) -> tuple[Any, ...]:
    plus, minus, whole = sums
    return ratio(plus, whole), ratio(minus, whole)


class VortexState:
    """``vortex`` fed bar by bar."""

    __slots__ = ("_high", "_low", "_range", "_window")

    def __init__(self, period: int) -> None:
        self._range = TrueRangeState()
        self._window = WindowState(period, plain, _shares, centered=False)
        self._high = self._low = NAN

    def update(self, high: float, low: float, close: float) -> Vortex[float]:
        """Take one bar; return both lines, NaN during warm-up."""
        plus, minus = abs(high - self._low), abs(low - self._high)
        self._high, self._low = high, low
        span = self._range.update(high, low, close)
        lines = None if isnan(span) else self._window.outputs(plus, minus, span)
        return Vortex(NAN, NAN) if lines is None else Vortex(*lines)


@indicator("high", "low", "close", warmup=lambda period: period, state=VortexState, outputs=Vortex)
def vortex(
    high: FloatArray, low: FloatArray, close: FloatArray, period: int = 14
) -> Vortex[FloatArray]:
    """Vortex: upward (``plus``) and downward movement as shares of the true range.

    Sums over ``period`` of ``|h - l[-1]|`` and ``|l - h[-1]|`` over the sum of true ranges.
    Source: Etienne Botes and Douglas Siepman, *Stocks & Commodities* 28:1 (2010).
    Warm-up: ``period``.
    """
    columns = (
        np.abs(high[1:] - low[:-1]),
        np.abs(low[1:] - high[:-1]),
        bar_ranges(high, low, close),
    )
    return Vortex(*block_windows(columns, period, plain, _shares, centered=False))
