"""Patterns of three bars, known as candlestick patterns: 100 bullish, -100 bearish, 0 none."""

from __future__ import annotations

from naru.ta.arrays import FloatArray
from naru.ta.shapes import Shapes, color, marked, pattern


@pattern(12)
def morning_star(
    open_: FloatArray,
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    penetration: float = 0.3,
) -> FloatArray:
    """Morning star: a long black body, a short one below a gap, a white one well into the first.

    Value: 100. How far is ``penetration``, a fraction of the first body. Source: TA-Lib
    CDLMORNINGSTAR. Warm-up: 12.
    """
    b = Shapes(open_, high, low, close, 12)
    falls = b.long_body(2) & b.black(2)
    rests = b.modest_body(1) & b.gaps_down(1)
    depth = b.close(2) + penetration * b.body(2)
    rises = ~b.modest_body(0) & b.white(0) & (b.close(0) > depth)
    return marked(falls & rests & rises, 100.0)


@pattern(12)
def evening_star(
    open_: FloatArray,
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    penetration: float = 0.3,
) -> FloatArray:
    """Evening star: a long white body, a short one above a gap, a black one well into the first.

    Value: -100. How far is ``penetration``, a fraction of the first body. Source: TA-Lib
    CDLEVENINGSTAR. Warm-up: 12.
    """
    b = Shapes(open_, high, low, close, 12)
    rises = b.long_body(2) & b.white(2)
    rests = b.modest_body(1) & b.gaps_up(1)
    depth = b.close(2) - penetration * b.body(2)
    falls = ~b.modest_body(0) & b.black(0) & (b.close(0) < depth)
    return marked(rises & rests & falls, -100.0)


@pattern(12)
def three_white_soldiers(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Three white soldiers: three white bodies, each opening within or near the one before and
    closing higher near its high.

    Value: 100. Source: TA-Lib CDL3WHITESOLDIERS. Warm-up: 12.
    """
    b = Shapes(open_, high, low, close, 12)
    holds = b.white(2) & b.white(1) & b.white(0) & ~b.modest_body(0)
    for ago in (2, 1, 0):
        holds &= b.upper(ago) < b.tiny_shadow(ago)
    for ago in (1, 0):
        holds &= (b.close(ago) > b.close(ago + 1)) & (b.open(ago) > b.open(ago + 1))
        holds &= b.open(ago) <= b.close(ago + 1) + b.near(ago + 1)
        holds &= b.body(ago) > b.body(ago + 1) - b.far(ago + 1)
    return marked(holds, 100.0)


@pattern(13)
def three_black_crows(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Three black crows: after a white bar three black ones, each opening within the one before
    and closing lower near its low.

    Value: -100. Source: TA-Lib CDL3BLACKCROWS. Warm-up: 13.
    """
    b = Shapes(open_, high, low, close, 13)
    holds = b.white(3) & b.black(2) & b.black(1) & b.black(0) & (b.high(3) > b.close(2))
    for ago in (2, 1, 0):
        holds &= b.lower(ago) < b.tiny_shadow(ago)
    for ago in (1, 0):
        holds &= (b.open(ago) < b.open(ago + 1)) & (b.open(ago) > b.close(ago + 1))
        holds &= b.close(ago) < b.close(ago + 1)
    return marked(holds, -100.0)


@pattern(12)
def three_inside(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Three inside up or down: a harami and a close beyond the first bar's open.

    Value: 100 up, -100 down. Source: TA-Lib CDL3INSIDE. Warm-up: 12.
    """
    b = Shapes(open_, high, low, close, 12)
    within = b.long_body(2) & b.modest_body(1)
    within &= (b.top(1) < b.top(2)) & (b.bottom(1) > b.bottom(2))
    down = b.white(2) & b.black(0) & (b.close(0) < b.open(2))
    up = b.black(2) & b.white(0) & (b.close(0) > b.open(2))
    return marked(within & (up | down), color(up))


@pattern(3)
def three_outside(
    open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray
) -> FloatArray:
    """Three outside up or down: an engulfing pair and a close further on.

    Value: 100 up, -100 down. Source: TA-Lib CDL3OUTSIDE. Warm-up: 3.
    """
    b = Shapes(open_, high, low, close, 3)
    up = b.white(1) & b.black(2) & (b.close(1) > b.open(2)) & (b.open(1) < b.close(2))
    down = b.black(1) & b.white(2) & (b.open(1) > b.close(2)) & (b.close(1) < b.open(2))
    up &= b.close(0) > b.close(1)
    down &= b.close(0) < b.close(1)
    return marked(up | down, color(up))
