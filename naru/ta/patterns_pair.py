"""Patterns of two bars, known as candlestick patterns: 100 bullish, -100 bearish, 0 none."""

from __future__ import annotations

import numpy as np

from naru.ta.arrays import FloatArray
from naru.ta.shapes import Shapes, color, marked, pattern


@pattern(11)
def hammer(open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """Hammer: a short body on a long lower shadow, near or below the low before.

    Value: 100. Source: TA-Lib CDLHAMMER. Warm-up: 11.
    """
    b = Shapes(open_, high, low, close, 11)
    pole = (b.lower(0) > b.body(0)) & (b.upper(0) < b.tiny_shadow(0))
    deep = b.bottom(0) <= b.low(1) + b.near(1)
    return marked(b.short_body(0) & pole & deep, 100.0)


@pattern(11)
def hanging_man(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Hanging man: a short body on a long lower shadow, near or above the high before.

    Value: -100. Source: TA-Lib CDLHANGINGMAN. Warm-up: 11.
    """
    b = Shapes(open_, high, low, close, 11)
    pole = (b.lower(0) > b.body(0)) & (b.upper(0) < b.tiny_shadow(0))
    tall = b.bottom(0) >= b.high(1) - b.near(1)
    return marked(b.short_body(0) & pole & tall, -100.0)


@pattern(11)
def inverted_hammer(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Inverted hammer: a short body under a long upper shadow, after a gap down.

    Value: 100. Source: TA-Lib CDLINVERTEDHAMMER. Warm-up: 11.
    """
    b = Shapes(open_, high, low, close, 11)
    pole = (b.upper(0) > b.body(0)) & (b.lower(0) < b.tiny_shadow(0))
    return marked(b.short_body(0) & pole & b.gaps_down(0), 100.0)


@pattern(11)
def shooting_star(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Shooting star: a short body under a long upper shadow, after a gap up.

    Value: -100. Source: TA-Lib CDLSHOOTINGSTAR. Warm-up: 11.
    """
    b = Shapes(open_, high, low, close, 11)
    pole = (b.upper(0) > b.body(0)) & (b.lower(0) < b.tiny_shadow(0))
    return marked(b.short_body(0) & pole & b.gaps_up(0), -100.0)


@pattern(2)
def engulfing(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Engulfing: a body that holds the opposite one before.

    Value: 100 white, -100 black, 80 if an end is shared. Source: TA-Lib CDLENGULFING. Warm-up: 2.
    """
    b = Shapes(open_, high, low, close, 2)
    rises = b.white(0) & b.black(1) & (b.close(0) >= b.open(1)) & (b.open(0) <= b.close(1))
    falls = b.black(0) & b.white(1) & (b.open(0) >= b.close(1)) & (b.close(0) <= b.open(1))
    level = (b.open(0) == b.close(1)), (b.close(0) == b.open(1))
    larger = (rises | falls) & ~(level[0] & level[1])
    size = np.where(level[0] | level[1], 0.8, 1.0)
    return marked(larger, size * color(b.white(0)))


@pattern(11)
def harami(open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """Harami: a short body within the long one before.

    Value: 100 after black, -100 after white, 80 if an end is shared. Source: TA-Lib CDLHARAMI.
    Warm-up: 11.
    """
    b = Shapes(open_, high, low, close, 11)
    holds = b.long_body(1) & b.modest_body(0) & b.inside(0)
    size = np.where(b.touches(0), 0.8, 1.0)
    return marked(holds, size * color(b.black(1)))


@pattern(11)
def harami_cross(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Harami cross: a bar without a body within the long body before.

    Value: 100 after black, -100 after white, 80 if an end is shared. Source: TA-Lib
    CDLHARAMICROSS. Warm-up: 11.
    """
    b = Shapes(open_, high, low, close, 11)
    holds = b.long_body(1) & b.no_body(0) & b.inside(0)
    size = np.where(b.touches(0), 0.8, 1.0)
    return marked(holds, size * color(b.black(1)))


@pattern(11)
def doji_star(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Doji star: a bar without a body that gaps away from the long body before.

    Value: 100 after black, -100 after white. Source: TA-Lib CDLDOJISTAR. Warm-up: 11.
    """
    b = Shapes(open_, high, low, close, 11)
    away = np.where(b.white(1), b.gaps_up(0), b.gaps_down(0))
    return marked(b.long_body(1) & b.no_body(0) & away, color(b.black(1)))


@pattern(11)
def piercing(open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """Piercing line: a long white body that opens below the low of a long black one and closes
    beyond its middle.

    Value: 100. Source: TA-Lib CDLPIERCING. Warm-up: 11.
    """
    b = Shapes(open_, high, low, close, 11)
    long = b.long_body(1) & b.long_body(0) & b.black(1) & b.white(0)
    middle = b.close(1) + 0.5 * b.body(1)
    back = (b.open(0) < b.low(1)) & (b.close(0) < b.open(1)) & (b.close(0) > middle)
    return marked(long & back, 100.0)


@pattern(11)
def dark_cloud_cover(
    open_: FloatArray,
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    penetration: float = 0.5,
) -> FloatArray:
    """Dark cloud cover: a black body that opens above the high of a long white one and closes well
    within it.

    Value: -100. How far is ``penetration``, a fraction of the first body. Source: TA-Lib
    CDLDARKCLOUDCOVER. Warm-up: 11.
    """
    b = Shapes(open_, high, low, close, 11)
    long = b.long_body(1) & b.white(1) & b.black(0)
    depth = b.close(1) - penetration * b.body(1)
    back = (b.open(0) > b.high(1)) & (b.close(0) > b.open(1)) & (b.close(0) < depth)
    return marked(long & back, -100.0)
