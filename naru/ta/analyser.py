"""The signal analyser: ten indicators vote, and say why.

Each vote lies between -1 (sell) and 1 (buy); the score is ``50 + 50 * weighted mean vote``: 0 all
against, 50 undecided, 100 all for. Five voters follow the trend, three expect a return to the
mean, two look at volume. It sums up what the indicators say; it does not forecast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from naru.ta.arrays import NAN, FloatArray, as_equal_series
from naru.ta.averages import sma
from naru.ta.bands import bollinger_percent_b
from naru.ta.directional import adx, minus_di, plus_di
from naru.ta.errors import IndicatorArgumentError
from naru.ta.exponential import ema
from naru.ta.momentum import macd, rsi
from naru.ta.oscillators import stochastic
from naru.ta.registry import Incremental, incremental, indicator
from naru.ta.trend import supertrend
from naru.ta.volume import mfi, obv

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

WARMUP = 49  # of the slowest voter, sma(50)
VERDICTS = ((20.0, "strong_sell"), (40.0, "sell"), (60.0, "neutral"), (80.0, "buy"))


class Reading(NamedTuple):
    """What one indicator says.

    name    of the voter
    value   the number it looks at
    vote    -1 (sell) to 1 (buy)
    weight  its share in the score, before dividing by the sum of weights
    text    why it votes so
    """

    name: str
    value: float
    vote: float
    weight: float
    text: str


class Analysis(NamedTuple):
    """What all ten say about the newest bar.

    score     0 (sell) to 100 (buy)
    verdict   "strong_sell" below 20, "sell" below 40, "neutral" up to 60, "buy" up to 80,
              "strong_buy" above
    readings  the ten, in a fixed order
    """

    score: float
    verdict: str
    readings: tuple[Reading, ...]


def _stairs(value: Any, limits: Sequence[float], votes: Sequence[float]) -> Any:
    """Return the vote of the interval in which the value lies; a limit belongs to the middle."""
    half = len(limits) // 2
    below = np.searchsorted(limits[:half], value, side="right")
    above = np.searchsorted(limits[half:], value, side="left")
    return np.asarray(votes)[below + above]


def _apart(one: Any, other: Any) -> Any:
    """Vote for the one that is larger."""
    return np.sign(one - other)


def _macd_vote(histogram: Any, before: Any) -> Any:
    grows = np.abs(histogram) >= np.abs(before)
    return np.sign(histogram) * np.where(grows, 1.0, 0.5)


def _adx_vote(strength: Any, plus: Any, minus: Any) -> Any:
    return np.sign(plus - minus) * _stairs(strength, (20.0, 25.0), (0.0, 0.5, 1.0))


def _stochastic_vote(k: Any, d: Any) -> Any:
    side = _stairs(k, (20.0, 80.0), (1.0, 0.0, -1.0))
    return side * np.where(side * (k - d) > 0.0, 1.0, 0.5)


def _side(vote: float, up: str, down: str, level: str) -> str:
    return up if vote > 0 else down if vote < 0 else level


def _sma_text(vote: float, close: float, mean: float) -> str:
    side = _side(vote, "above", "below", "at")
    return f"close {close:.6g} is {side} its 50-bar average {mean:.6g}"


def _ema_text(vote: float, fast: float, slow: float) -> str:
    side = _side(vote, "above", "below", "at")
    return f"12-bar EMA {fast:.6g} is {side} the 26-bar EMA {slow:.6g}"


def _macd_text(vote: float, histogram: float, before: float) -> str:
    side = _side(vote, "above", "below", "at")
    pace = "gaining" if abs(histogram) >= abs(before) else "fading"
    return f"MACD is {side} its signal line by {abs(histogram):.4g}, {pace}"


def _adx_text(vote: float, strength: float, plus: float, minus: float) -> str:
    force = "no trend" if strength < 20 else "a weak trend" if strength <= 25 else "a trend"
    return f"ADX {strength:.1f} shows {force}; +DI {plus:.1f}, -DI {minus:.1f}"


def _supertrend_text(vote: float, direction: float, line: float) -> str:
    return f"Supertrend points {'up' if direction > 0 else 'down'}, line at {line:.6g}"


def _rsi_text(vote: float, value: float) -> str:
    state = _side(vote, "low", "high", "in the middle")
    return f"RSI {value:.1f} is {'very ' if abs(vote) == 1 else ''}{state}"


def _stochastic_text(vote: float, k: float, d: float) -> str:
    state = _side(vote, "oversold", "overbought", "within its range")
    turn = " and turning" if abs(vote) == 1 else ""
    return f"stochastic {k:.1f} (signal {d:.1f}) is {state}{turn}"


def _bollinger_text(vote: float, place: float) -> str:
    state = _side(vote, "near or below the lower", "near or above the upper", "between the")
    return f"close is {state} Bollinger band{'' if vote else 's'} (%b {place:.2f})"


def _mfi_text(vote: float, value: float) -> str:
    state = _side(vote, "money has left", "money has rushed in", "money flows evenly")
    return f"MFI {value:.1f}: {state}"


def _obv_text(vote: float, total: float, mean: float) -> str:
    side = _side(vote, "above", "below", "at")
    return f"on-balance volume is {side} its 20-bar EMA"


class Voter(NamedTuple):
    """An indicator's rule. ``vote`` and ``text`` get its columns, ``text`` the vote before them."""

    name: str
    weight: float
    vote: Callable[..., Any]
    text: Callable[..., str]


VOTERS = (
    Voter("sma", 1.0, _apart, _sma_text),
    Voter("ema", 1.0, _apart, _ema_text),
    Voter("macd", 1.0, _macd_vote, _macd_text),
    Voter("adx", 1.5, _adx_vote, _adx_text),
    Voter("supertrend", 1.5, lambda direction, line: direction + 0.0 * line, _supertrend_text),
    Voter(
        "rsi",
        1.0,
        lambda value: _stairs(value, (30.0, 40.0, 60.0, 70.0), (1.0, 0.5, 0.0, -0.5, -1.0)),
        _rsi_text,
    ),
    Voter("stochastic", 1.0, _stochastic_vote, _stochastic_text),
    Voter(
        "bollinger",
        1.0,
        lambda place: _stairs(place, (0.0, 0.2, 0.8, 1.0), (1.0, 0.5, 0.0, -0.5, -1.0)),
        _bollinger_text,
    ),
    Voter("mfi", 1.0, lambda value: _stairs(value, (20.0, 80.0), (1.0, 0.0, -1.0)), _mfi_text),
    Voter("obv", 1.0, _apart, _obv_text),
)


def _columns(
    high: FloatArray, low: FloatArray, close: FloatArray, volume: FloatArray
) -> list[tuple[FloatArray, ...]]:
    """Return what each voter looks at, for every bar."""
    histogram = macd(close).histogram
    before = np.concatenate(([NAN], histogram[:-1]))
    total = obv(close, volume)
    trend = supertrend(high, low, close)
    bars = high, low, close
    return [
        (close, sma(close, 50)),
        (ema(close, 12), ema(close, 26)),
        (histogram, before),
        (adx(*bars), plus_di(*bars), minus_di(*bars)),
        (trend.direction, trend.line),
        (rsi(close),),
        tuple(stochastic(*bars)),
        (bollinger_percent_b(close),),
        (mfi(high, low, close, volume),),
        (total, ema(total, 20)),
    ]


class _Feed:
    """What each voter looks at, bar by bar."""

    def __init__(self) -> None:
        make: dict[str, Incremental[Any]] = {
            function.__name__: incremental(function)
            for function in (
                macd, adx, plus_di, minus_di, supertrend, rsi, stochastic, bollinger_percent_b,
                mfi, obv,
            )
        }  # fmt: skip
        self._of = make
        self._sma = incremental(sma, 50)
        self._emas = incremental(ema, 12), incremental(ema, 26), incremental(ema, 20)
        self._histogram = NAN

    def update(
        self, high: float, low: float, close: float, volume: float
    ) -> list[tuple[float, ...]]:
        of, bar = self._of, (high, low, close)
        fast, slow, volume_mean = self._emas
        histogram = of["macd"].update(close).histogram
        before, self._histogram = self._histogram, histogram
        total = of["obv"].update(close, volume)
        trend = of["supertrend"].update(*bar)
        return [
            (close, self._sma.update(close)),
            (fast.update(close), slow.update(close)),
            (histogram, before),
            tuple(of[name].update(*bar) for name in ("adx", "plus_di", "minus_di")),
            (trend.direction, trend.line),
            (of["rsi"].update(close),),
            tuple(of["stochastic"].update(*bar)),
            (of["bollinger_percent_b"].update(close),),
            (of["mfi"].update(*bar, volume),),
            (total, volume_mean.update(total)),
        ]


def _score(columns: Sequence[Sequence[Any]]) -> Any:
    # Not sum(): from Python 3.12 on it rounds floats otherwise, and otherwise than arrays.
    votes = reduce(
        add, (voter.weight * voter.vote(*row) for voter, row in zip(VOTERS, columns, strict=True))
    )
    return 50.0 + 50.0 * votes / sum(voter.weight for voter in VOTERS)


class ScoreState:
    """``signal_score`` fed bar by bar."""

    __slots__ = ("_feed", "_warm")

    def __init__(self) -> None:
        self._feed = _Feed()
        self._warm = WARMUP

    def update(self, high: float, low: float, close: float, volume: float) -> float:
        """Take one bar; return the score, NaN during warm-up."""
        columns = self._feed.update(high, low, close, volume)
        if self._warm:
            self._warm -= 1
            return NAN
        return float(_score(columns))


@indicator("high", "low", "close", "volume", warmup=lambda: WARMUP, state=ScoreState)
def signal_score(
    high: FloatArray, low: FloatArray, close: FloatArray, volume: FloatArray
) -> FloatArray:
    """Score of the signal analyser, 0 (ten indicators say sell) to 100 (all say buy).

    ``50 + 50 * weighted mean vote`` of sma(50), ema(12, 26), macd, adx, supertrend, rsi,
    stochastic, bollinger, mfi and obv with their usual periods; ``analyse`` explains the newest.
    Source: Naru's own; the rules are in ``naru.ta.analyser``. Warm-up: 49.
    """
    columns = [
        tuple(part[WARMUP:] for part in column) for column in _columns(high, low, close, volume)
    ]
    score: FloatArray = _score(columns)
    return score


def analyse(high: ArrayLike, low: ArrayLike, close: ArrayLike, volume: ArrayLike) -> Analysis:
    """Explain what ten indicators say about the newest bar, from equally long columns.

    Raises IndicatorArgumentError with fewer than 50 bars, or if one of them is not finite.
    """
    names = "high", "low", "close", "volume"
    bars = as_equal_series(names, (high, low, close, volume))
    for name, column in zip(names, bars, strict=True):
        if len(column) <= WARMUP:
            raise IndicatorArgumentError(name, f"must have at least {WARMUP + 1} bars")
        if not np.isfinite(column).all():
            raise IndicatorArgumentError(name, "has values that are not finite")
    newest = [tuple(float(part[-1]) for part in column) for column in _columns(*bars)]
    readings = tuple(_read(voter, values) for voter, values in zip(VOTERS, newest, strict=True))
    score = float(_score(newest))
    return Analysis(score, _verdict(score), readings)


def _read(voter: Voter, values: tuple[float, ...]) -> Reading:
    vote = float(voter.vote(*values)) + 0.0  # never -0.0
    return Reading(voter.name, values[0], vote, voter.weight, voter.text(vote, *values))


def _verdict(score: float) -> str:
    for limit, verdict in VERDICTS:
        if score < limit or (limit >= 60.0 and score <= limit):
            return verdict
    return "strong_buy"
