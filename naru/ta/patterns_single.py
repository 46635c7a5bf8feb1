"""Patterns of one bar, known as candlestick patterns: 100 bullish, -100 bearish, 0 none."""

from __future__ import annotations

import numpy as np

from naru.ta.arrays import FloatArray
from naru.ta.shapes import Shapes, color, marked, pattern


@pattern(10)
def doji(open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """Doji: open and close meet: the body is at most a tenth of the usual range.

    Value: 100. Source: TA-Lib CDLDOJI. Warm-up: 10.
    """
    b = Shapes(open_, high, low, close, 10)
    return marked(b.no_body(0), 100.0)


@pattern(10)
def dragonfly_doji(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Dragonfly doji: no body and no upper shadow above a lower shadow.

    Value: 100. Source: TA-Lib CDLDRAGONFLYDOJI. Warm-up: 10.
    """
    b = Shapes(open_, high, low, close, 10)
    tiny = b.tiny_shadow(0)
    return marked(b.no_body(0) & (b.upper(0) < tiny) & (b.lower(0) > tiny), 100.0)


@pattern(10)
def gravestone_doji(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Gravestone doji: no body and no lower shadow below an upper shadow.

    Value: 100. Source: TA-Lib CDLGRAVESTONEDOJI. Warm-up: 10.
    """
    b = Shapes(open_, high, low, close, 10)
    tiny = b.tiny_shadow(0)
    return marked(b.no_body(0) & (b.lower(0) < tiny) & (b.upper(0) > tiny), 100.0)


@pattern(10)
def marubozu(open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """Marubozu: a long body without shadows.

    Value: 100 white, -100 black. Source: TA-Lib CDLMARUBOZU. Warm-up: 10.
    """
    b = Shapes(open_, high, low, close, 10)
    tiny = b.tiny_shadow(0)
    bare = (b.upper(0) < tiny) & (b.lower(0) < tiny)
    return marked(b.long_body(0) & bare, color(b.white(0)))


@pattern(10)
def closing_marubozu(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Closing marubozu: a long body that ends at the bar's extreme.

    Value: 100 white, -100 black. Source: TA-Lib CDLCLOSINGMARUBOZU. Warm-up: 10.
    """
    b = Shapes(open_, high, low, close, 10)
    tiny = b.tiny_shadow(0)
    bare = np.where(b.white(0), b.upper(0), b.lower(0)) < tiny
    return marked(b.long_body(0) & bare, color(b.white(0)))


@pattern(10)
def belt_hold(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Belt hold: a long body that starts at the bar's extreme.

    Value: 100 white, -100 black. Source: TA-Lib CDLBELTHOLD. Warm-up: 10.
    """
    b = Shapes(open_, high, low, close, 10)
    tiny = b.tiny_shadow(0)
    bare = np.where(b.white(0), b.lower(0), b.upper(0)) < tiny
    return marked(b.long_body(0) & bare, color(b.white(0)))


@pattern(10)
def long_line(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Long line: a long body with short shadows.

    Value: 100 white, -100 black. Source: TA-Lib CDLLONGLINE. Warm-up: 10.
    """
    b = Shapes(open_, high, low, close, 10)
    short = b.short_shadow(0)
    calm = (b.upper(0) < short) & (b.lower(0) < short)
    return marked(b.long_body(0) & calm, color(b.white(0)))


@pattern(10)
def spinning_top(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Spinning top: a short body between longer shadows.

    Value: 100 white, -100 black. Source: TA-Lib CDLSPINNINGTOP. Warm-up: 10.
    """
    b = Shapes(open_, high, low, close, 10)
    body = b.body(0)
    tall = (b.upper(0) > body) & (b.lower(0) > body)
    return marked(b.short_body(0) & tall, color(b.white(0)))
