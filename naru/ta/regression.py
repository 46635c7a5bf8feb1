"""Straight lines fitted to moving windows, and how two series move together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import atan, isnan, pi
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from naru.ta.arrays import NAN, FloatArray
from naru.ta.block_sums import WindowState, block_windows
from naru.ta.elementwise import positive, ratio, root
from naru.ta.registry import indicator

T = TypeVar("T")
TWO = {"period": (2, 10**6)}


def _line_terms(distance: Any, place: Any) -> tuple[Any, ...]:
    return distance, distance * place, distance * distance


def _line_of(
    period: int, sums: Sequence[Any], references: Sequence[Any], place: Any
) -> tuple[Any, Any, Any, Any]:
    """Return the line's slope, its height in the window's middle, and both variations.

    Rows are their own abscissae. Variations are the sums of squares that the line explains and
    that it should explain.
    """
    total, moment, square = sums
    middle = place - (period - 1) / 2.0
    spread = period * (period * period - 1) / 12.0
    slope = (moment - middle * total) / spread
    return (
        slope,
        references[0] + total / period,
        slope * slope * spread,
        square - total * total / period,
    )


def _line_at(ahead: float, period: int, *window: Any) -> tuple[Any, ...]:
    """Return the line's height ``ahead`` rows beyond the newest."""
    slope, height, _explained, _whole = _line_of(period, *window)
    return (height + slope * ((period - 1) / 2.0 + ahead),)


def _slope(period: int, *window: Any) -> tuple[Any, ...]:
    return _line_of(period, *window)[:1]


def _start(period: int, *window: Any) -> tuple[Any, ...]:
    return _line_at(1.0 - period, period, *window)


def _angle(period: int, *window: Any) -> tuple[Any, ...]:
    slope = _line_of(period, *window)[0]
    if isinstance(slope, np.ndarray):
        return (np.arctan(slope) * (180.0 / pi),)
    return (atan(slope) * (180.0 / pi),)


def _explained_share(period: int, *window: Any) -> tuple[Any, ...]:
    _slope, _height, explained, whole = _line_of(period, *window)
    return (ratio(explained, positive(whole)),)


def _residual_error(period: int, *window: Any) -> tuple[Any, ...]:
    _slope, _height, explained, whole = _line_of(period, *window)
    return (root((whole - explained) / (period - 2)),)


def _fit(series: FloatArray, period: int, finish: Callable[..., Any]) -> FloatArray:
    return block_windows((series,), period, _line_terms, partial(finish, period))[0]


def _fit_state(finish: Callable[..., Any]) -> Callable[[int], WindowState]:
    return lambda period: WindowState(period, _line_terms, partial(finish, period))


@indicator(
    "series",
    warmup=lambda period: period - 1,
    state=_fit_state(partial(_line_at, 0.0)),
    limits=TWO,
)
def linreg(series: FloatArray, period: int = 14) -> FloatArray:
    """Newest point of the least-squares line through the last ``period`` values.

    Source: TA-Lib LINEARREG. Warm-up: ``period - 1``.
    """
    return _fit(series, period, partial(_line_at, 0.0))


@indicator(
    "series",
    warmup=lambda period: period - 1,
    state=_fit_state(partial(_line_at, 1.0)),
    limits=TWO,
)
def tsf(series: FloatArray, period: int = 14) -> FloatArray:
    """Time series forecast: the least-squares line one bar ahead.

    Source: TA-Lib TSF. Warm-up: ``period - 1``.
    """
    return _fit(series, period, partial(_line_at, 1.0))


@indicator("series", warmup=lambda period: period - 1, state=_fit_state(_slope), limits=TWO)
def linreg_slope(series: FloatArray, period: int = 14) -> FloatArray:
    """Slope per bar of the least-squares line through the last ``period`` values.

    Source: TA-Lib LINEARREG_SLOPE. Warm-up: ``period - 1``.
    """
    return _fit(series, period, _slope)


@indicator("series", warmup=lambda period: period - 1, state=_fit_state(_start), limits=TWO)
def linreg_intercept(series: FloatArray, period: int = 14) -> FloatArray:
    """Oldest point of the least-squares line through the last ``period`` values.

    Source: TA-Lib LINEARREG_INTERCEPT. Warm-up: ``period - 1``.
    """
    return _fit(series, period, _start)


@indicator("series", warmup=lambda period: period - 1, state=_fit_state(_angle), limits=TWO)
def linreg_angle(series: FloatArray, period: int = 14) -> FloatArray:
    """Angle of the least-squares line in degrees: ``atan(slope)``, one unit of price a bar = 45.

    Source: TA-Lib LINEARREG_ANGLE. Warm-up: ``period - 1``.
    """
    return _fit(series, period, _angle)


@indicator(
    "series", warmup=lambda period: period - 1, state=_fit_state(_explained_share), limits=TWO
)
def linreg_r2(series: FloatArray, period: int = 14) -> FloatArray:
    """Share of the window's variance that the least-squares line explains, 0 to 1.

    0 if the values do not vary. Source: any textbook of statistics (coefficient of
    determination). Warm-up: ``period - 1``.
    """
    return _fit(series, period, _explained_share)


@indicator(
    "series",
    warmup=lambda period: period - 1,
    state=_fit_state(_residual_error),
    limits={"period": (3, 10**6)},
)
def linreg_error(series: FloatArray, period: int = 14) -> FloatArray:
    """Standard error of the least-squares line: ``sqrt(sum of squared residuals / (n - 2))``.

    Source: any textbook of statistics. Warm-up: ``period - 1``.
    """
    return _fit(series, period, _residual_error)


def _pair_terms(one: Any, other: Any, place: Any) -> tuple[Any, ...]:
    return one, other, one * one, other * other, one * other


def _spreads(period: int, sums: Sequence[Any]) -> tuple[Any, Any, Any]:
    """Return the window's sums of squares of both series and of their product."""
    one, other, one_square, other_square, product = sums
    return (
        positive(one_square - one * one / period),
        positive(other_square - other * other / period),
        product - one * other / period,
    )


def _correlation_of(period: int, sums: Sequence[Any], *_: Any) -> tuple[Any, ...]:
    one, other, product = _spreads(period, sums)
    return (ratio(product, root(one) * root(other)),)


def _covariance_of(period: int, sums: Sequence[Any], *_: Any) -> tuple[Any, ...]:
    return (_spreads(period, sums)[2] / period,)


def _beta_of(period: int, sums: Sequence[Any], *_: Any) -> tuple[Any, ...]:
    one, _other, product = _spreads(period, sums)
    return (ratio(product, one),)


def _pair(
    one: FloatArray, other: FloatArray, period: int, finish: Callable[..., Any]
) -> list[FloatArray]:
    return block_windows((one, other), period, _pair_terms, partial(finish, period))


def _pair_state(finish: Callable[..., Any]) -> Callable[[int], WindowState]:
    return lambda period: WindowState(period, _pair_terms, partial(finish, period))


@indicator(
    "series",
    "other",
    warmup=lambda period: period - 1,
    state=_pair_state(_correlation_of),
    limits=TWO,
)
def correlation(series: FloatArray, other: FloatArray, period: int = 30) -> FloatArray:
    """Correlation of two series over the last ``period`` bars, -1 to 1.

    0 if one of them does not vary. Source: Karl Pearson (1895); TA-Lib CORREL.
    Warm-up: ``period - 1``.
    """
    return _pair(series, other, period, _correlation_of)[0]


@indicator(
    "series",
    "other",
    warmup=lambda period: period - 1,
    state=_pair_state(_covariance_of),
    limits=TWO,
)
def covariance(series: FloatArray, other: FloatArray, period: int = 30) -> FloatArray:
    """Population covariance of two series: ``mean((x - mean(x)) * (y - mean(y)))``.

    Source: any textbook of statistics. Warm-up: ``period - 1``.
    """
    return _pair(series, other, period, _covariance_of)[0]


class BetaState(WindowState):
    """``beta`` fed one by one."""

    __slots__ = ("_market", "_series")

    def __init__(self, period: int) -> None:
        super().__init__(period, _pair_terms, partial(_beta_of, period))
        self._market = self._series = NAN

    def update(self, *row: float) -> float:
        """Take one row; return the beta, NaN during warm-up."""
        before = self._market, self._series
        market, series = self._market, self._series = row
        if isnan(before[0]):
            return NAN
        return super().update(
            ratio(market - before[0], before[0]), ratio(series - before[1], before[1])
        )


def _returns(values: FloatArray) -> FloatArray:
    """Return the relative change of every value but the first; 0 after a value of 0."""
    return ratio(np.diff(values), values[:-1])


@indicator("market", "series", warmup=lambda period: period, state=BetaState, limits=TWO)
def beta(market: FloatArray, series: FloatArray, period: int = 5) -> FloatArray:
    """Beta of ``series`` to ``market``: slope of its returns over the market's returns.

    The last ``period`` bar-to-bar returns; 0 if the market does not move. Mind the order: the
    market comes first, as in TA-Lib. Source: TA-Lib BETA. Warm-up: ``period``.
    """
    return _pair(_returns(market), _returns(series), period, _beta_of)[0]


class Regression(NamedTuple, Generic[T]):
    """Outputs of ``regression``."""

    slope: T
    intercept: T
    residual: T
    error: T
    r2: T


def _regression_of(
    period: int, sums: Sequence[Any], references: Sequence[Any], _place: Any
) -> tuple[Any, ...]:
    """Return slope, intercept, standard error and explained share of ``y`` over ``x``."""
    x_spread, y_spread, product = _spreads(period, sums)
    slope = ratio(product, x_spread)
    x_mean = references[0] + sums[0] / period
    y_mean = references[1] + sums[1] / period
    explained = slope * product
    return (
        slope,
        y_mean - slope * x_mean,
        root((y_spread - explained) / (period - 2)),
        ratio(explained, y_spread),
    )


class RegressionState:
    """``regression`` fed one by one."""

    __slots__ = ("_window",)

    def __init__(self, period: int) -> None:
        self._window = WindowState(period, _pair_terms, partial(_regression_of, period))

    def update(self, y: float, x: float) -> Regression[float]:
        """Take one row; return the line, NaN during warm-up."""
        outputs = self._window.outputs(x, y)
        if outputs is None:
            return Regression(NAN, NAN, NAN, NAN, NAN)
        slope, intercept, error, r2 = outputs
        return Regression(slope, intercept, y - (intercept + slope * x), error, r2)


@indicator(
    "y",
    "x",
    warmup=lambda period: period - 1,
    state=RegressionState,
    outputs=Regression,
    limits={"period": (3, 10**6)},
)
def regression(y: FloatArray, x: FloatArray, period: int = 60) -> Regression[FloatArray]:
    """Least-squares line ``y = intercept + slope * x`` over the last ``period`` rows.

    ``residual`` is the newest row's distance from the line, ``error`` the standard error
    ``sqrt(sum of squared residuals / (n - 2))``, ``r2`` the share of y's variance explained. For
    pairs: slope is the hedge ratio, ``residual / error`` the stretch of the spread. Slope and r2
    are 0 where x does not vary. Source: any textbook of statistics. Warm-up: ``period - 1``.
    """
    slope, intercept, error, r2 = _pair(x, y, period, _regression_of)
    newest = slice(period - 1, None)
    residual = y[newest] - (intercept + slope * x[newest])
    return Regression(slope, intercept, residual, error, r2)
