"""What the page's charts and tables draw, cut down to what a screen can show."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from naru.bars import Bars, timeframe_ns
from naru.metrics.calendar import last_of_each_day
from naru.metrics.curve import closes_on
from naru.metrics.drawdown import drawdown_series
from naru.metrics.performance import simple_returns
from naru.metrics.rolling import rolling_sharpe
from naru.report.catalogue import Language, texts
from naru.thinning import thin

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NS_PER_MS = 1_000_000
_LINE_POINTS = 4_000
_PRICE_POINTS = 12_000
_MOST_CANDLES = 7_000
_MOST_MARKERS = 1_500
_MOST_TRADES = 5_000
_MOST_SYMBOLS = 8
_MOST_PLOTS = 8
_DAYS_A_YEAR = 365.25


def page_data(
    result: Mapping[str, Any], bars: Sequence[Bars], language: Language
) -> dict[str, Any]:
    """Return the page's data as JSON values; times of series are ms since the epoch.

    Raises ``ValueError`` when the bars are not those of the result.
    """
    timeline = _timeline(bars)
    equity = np.array(result["equity"]["value"], dtype=float)
    if len(equity) != len(timeline):
        raise ValueError(f"the result has {len(equity)} steps, the bars have {len(timeline)}")
    start = min(int(result["metrics"]["warmup_bars"]), max(len(timeline) - 1, 0))
    trades = [_plain_trade(trade) for trade in result["trades"]]
    days = last_of_each_day(timeline[start:]) + start
    daily = simple_returns(np.append(result["metrics"]["initial_cash"], equity[days]))
    return {
        "language": language,
        "texts": texts(language),
        "bar_ms": min(timeframe_ns(each.timeframe) for each in bars) // _NS_PER_MS,
        "prices": [_prices(each) for each in _most_traded(bars, trades)],
        "equity": _equity(timeline, equity, _benchmark(result, bars, timeline, start), start),
        "markers": _largest(trades, _MOST_MARKERS),
        "trades": _largest(trades, _MOST_TRADES),
        "trade_count": len(trades),
        "distribution": _distribution(daily),
        "rolling": _rolling(timeline[days], daily),
        "plots": _plots(result["plots"]),
    }


def _timeline(bars: Sequence[Bars]) -> Ints:
    return bars[0].ts if len(bars) == 1 else np.unique(np.concatenate([each.ts for each in bars]))


def _plain_trade(trade: Mapping[str, Any]) -> dict[str, Any]:
    """Return a trade with floats for decimals: a chart needs no more digits."""
    numbers = ("size", "entry_price", "exit_price", "pnl", "return", "commission")
    return {
        name: float(value) if name in numbers and value is not None else value
        for name, value in trade.items()
    }


def _largest(trades: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Return the trades that won or lost most, in the order in which they came."""
    if len(trades) <= count:
        return trades
    ranked = sorted(range(len(trades)), key=lambda place: (-abs(trades[place]["pnl"]), place))
    return [trades[place] for place in sorted(ranked[:count])]


def _most_traded(bars: Sequence[Bars], trades: list[dict[str, Any]]) -> list[Bars]:
    counts = Counter(trade["symbol"] for trade in trades)
    return sorted(bars, key=lambda each: -counts[each.symbol])[:_MOST_SYMBOLS]


def _prices(bars: Bars) -> dict[str, Any]:
    kept = thin(bars.close, _PRICE_POINTS)
    candles = None
    if len(bars) <= _MOST_CANDLES:
        sides = {name: _digits(getattr(bars, name)) for name in ("open", "high", "low", "close")}
        candles = {"ts": _ms(bars.ts), **sides}
    return {
        "symbol": bars.symbol,
        "ts": _ms(bars.ts[kept]),
        "close": _digits(bars.close[kept]),
        "candles": candles,
    }


def _benchmark(
    result: Mapping[str, Any], bars: Sequence[Bars], timeline: Ints, start: int
) -> Floats:
    """Return what the initial cash would be worth in the benchmark, from the first decision on."""
    symbol = result["receipt"]["config"]["benchmark"]
    chosen = next((each for each in bars if each.symbol == symbol), bars[0])
    closes = closes_on(timeline, chosen)
    value: Floats = closes * (float(result["metrics"]["initial_cash"]) / closes[start])
    value[:start] = result["metrics"]["initial_cash"]
    return value


def _equity(timeline: Ints, equity: Floats, benchmark: Floats, start: int) -> dict[str, Any]:
    drawdown = np.zeros(len(equity))
    if len(equity) > start and equity[start] > 0.0:
        drawdown[start:] = -drawdown_series(equity[start:])
    share = _LINE_POINTS // 3
    kept = np.unique(np.concatenate([thin(each, share) for each in (equity, benchmark, drawdown)]))
    return {
        "ts": _ms(timeline[kept]),
        "value": _digits(equity[kept]),
        "benchmark": _digits(benchmark[kept]),
        "drawdown": _digits(drawdown[kept]),
    }


def _distribution(daily: Floats) -> dict[str, Any]:
    """Count daily returns in up to 41 classes, with an edge at zero; the outermost are open."""
    moved = daily[daily != 0.0]
    if not len(moved):
        return {"edges": [], "counts": []}
    reach = float(np.quantile(np.abs(moved), 0.99)) or float(np.abs(moved).max())
    width = reach / max(4, min(20, math.isqrt(len(moved))))
    steps = math.ceil(reach / width)
    edges: Floats = width * np.arange(-steps, steps + 1, dtype=np.float64)
    counts, _ = np.histogram(np.clip(moved, edges[0], edges[-1]), edges)
    return {"edges": _digits(edges), "counts": counts.tolist()}


def _rolling(days: Ints, daily: Floats) -> dict[str, Any]:
    """Return a Sharpe ratio over the newest days: half a year of them, less in short runs."""
    span_days = (int(days[-1]) - int(days[0])) / 86_400e9 if len(days) else 0.0
    per_year = len(days) / max(span_days / _DAYS_A_YEAR, 1e-9) if span_days else _DAYS_A_YEAR
    window = min(round(per_year / 2), len(daily) // 4)
    if window < 10:
        return {"ts": [], "value": [], "window_days": window}
    values = rolling_sharpe(daily, window, per_year)
    is_known = np.isfinite(values)
    known = np.flatnonzero(is_known)
    kept = known[thin(values[known], _LINE_POINTS)]
    # The line is broken where there was nothing to measure, by a point without a value.
    breaks = np.flatnonzero(np.diff(np.cumsum(~is_known)[kept])) + 1
    shown: list[float | None] = list(_digits(values[kept]))
    for place in breaks[::-1].tolist():
        shown.insert(place, None)
    ts = np.insert(days[kept], breaks, days[kept[breaks] - 1])
    return {"ts": _ms(ts), "value": shown, "window_days": window}


def _plots(plots: Mapping[str, Mapping[str, list[Any]]]) -> list[dict[str, Any]]:
    shown = []
    for name, series in list(plots.items())[:_MOST_PLOTS]:
        values = np.array(series["value"], dtype=float)
        kept = thin(np.where(np.isfinite(values), values, 0.0), _LINE_POINTS)
        times = [series["ts"][place] for place in kept.tolist()]
        shown.append({"name": name, "ts": times, "value": values[kept].tolist()})
    return shown


def _ms(ts: Ints) -> list[int]:
    return (ts // _NS_PER_MS).tolist()  # type: ignore[no-any-return]


def _digits(values: Floats) -> list[float]:
    """Return values with eight significant digits: the page is half as long, and looks the same."""
    return [float(f"{value:.8g}") for value in values.tolist()]
