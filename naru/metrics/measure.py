"""All metrics of a run, by the names that results use."""

from collections.abc import Sequence

import numpy as np

from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.replay import Replay
from naru.engine.trades import ClosedTrades
from naru.metrics import performance
from naru.metrics.benchmark import Comparison
from naru.metrics.calendar import NS_PER_S, bars_per_year, monthly_returns
from naru.metrics.curve import Curve, unscaled_curve
from naru.metrics.drawdown import deepest_fall, find_drawdowns
from naru.metrics.moments import Moments, moments_of_curve
from naru.metrics.trades import TradeColumns, trade_metrics

Metrics = dict[str, float | int | None]
_AS_ACCOUNTED = {"initial_cash", "final_equity"}


def compute(replay: Replay, bars: Sequence[Bars], config: RunConfig) -> Metrics:
    """Measure a run. Undefined metrics are None; fractions are fractions, money quote currency.

    Measured is what comes after warm-up; returns are per bar, annualised by the number of bars
    that a year of these bars has. Floats are rounded to 12 significant digits, since the last
    digits of long sums differ between processors. The functions of this package define each
    metric. Raises ConfigError when the benchmark is not among the bars.
    """
    curve = unscaled_curve(replay, bars, config)
    per_year = bars_per_year(replay.ts)
    risk_free = float(config.risk_free)
    rate = performance.risk_free_per_bar(risk_free, per_year)
    moments = moments_of_curve(curve.equity, curve.benchmark, rate)
    metrics: Metrics = {
        "initial_cash": float(config.cash),
        "final_equity": float(replay.equity[-1]) if len(replay.equity) else float(config.cash),
        **_equity_metrics(curve, moments, per_year, risk_free),
        **_months(curve),
        **trade_metrics(trade_columns(replay.activity.closed)),
        "open_trade_count": replay.activity.open_trade_count,
        **_activity(replay, curve, per_year),
        **_beside(curve, moments, per_year, risk_free),
        "bar_count": len(curve.ts),
        "warmup_bars": replay.start,
        "bars_per_year": per_year,
        "ambiguous_bars": replay.ambiguous_bars,
    }
    return {
        name: value if name in _AS_ACCOUNTED else _tidy(value) for name, value in metrics.items()
    }


def trade_columns(closed: ClosedTrades) -> TradeColumns:
    """Return closed trades as their metrics want them."""
    pnl, notional = closed.pnl, closed.notional
    returns = np.divide(pnl, notional, out=np.zeros(len(pnl)), where=notional != 0.0)
    return TradeColumns(pnl, returns, closed.holding_ns / NS_PER_S)


def _equity_metrics(
    curve: Curve, moments: Moments, per_year: float | None, risk_free: float
) -> Metrics:
    total = performance.total_return(curve.equity)
    annual = performance.annual_return(total, moments.count, per_year)
    drawdowns = find_drawdowns(curve.equity)
    metrics: Metrics = {
        "total_return": total,
        "annual_return": annual,
        "volatility": performance.volatility(moments, per_year),
        "sharpe": performance.sharpe(moments, per_year, risk_free),
        "sortino": performance.sortino(moments, per_year, risk_free),
        "calmar": None,
        "max_drawdown": 0.0,
        "max_drawdown_duration_s": 0.0,
        "longest_drawdown_s": 0.0,
    }
    if drawdowns is not None:
        metrics |= {
            "calmar": performance.calmar(annual, drawdowns.deepest),
            "max_drawdown": drawdowns.deepest,
            "max_drawdown_duration_s": _seconds(
                curve, drawdowns.deepest_start, drawdowns.deepest_end
            ),
            "longest_drawdown_s": _seconds(curve, drawdowns.longest_start, drawdowns.longest_end),
        }
    return metrics


def _seconds(curve: Curve, start: int, end: int | None) -> float:
    """Return the time from a peak to its recovery, or to the last bar while there is none."""
    return int(curve.ts[-1 if end is None else end] - curve.ts[start]) / NS_PER_S


def _months(curve: Curve) -> Metrics:
    months = monthly_returns(curve.ts, curve.equity) if len(curve.ts) else []
    values = [month.value for month in months]
    return {
        "best_month_return": max(values, default=None),
        "worst_month_return": min(values, default=None),
    }


def _activity(replay: Replay, curve: Curve, per_year: float | None) -> Metrics:
    """Measure what was done and what it cost.

    ``exposure`` is the share of bars that end with a position. ``turnover`` is the notional of
    all fills over mean equity, per year.
    """
    activity = replay.activity
    intervals = len(curve.ts) - 1
    mean_equity = float(curve.equity.mean()) if len(curve.equity) else 0.0
    turnover = performance.quotient(activity.traded, mean_equity if mean_equity > 0.0 else None)
    yearly = None
    if turnover is not None and per_year is not None and intervals > 0:
        yearly = performance.finite(turnover * per_year / intervals)
    costs = replay.costs
    return {
        "exposure": performance.quotient(float(replay.held_steps()), float(len(curve.ts))),
        "turnover": yearly,
        "order_count": activity.order_count,
        "fill_count": activity.fill_count,
        "commission_paid": float(costs["commission"]),
        "tax_paid": float(costs["tax"]),
        "slippage_paid": float(costs["slippage"]),
        "borrow_paid": float(costs["borrow"]),
        "interest_paid": float(costs["interest"]),
        "funding_paid": float(costs["funding"]),
        "financing_paid": float(costs["borrow"] + costs["interest"] + costs["funding"]),
        "dividends_received": float(costs["dividends"]),
    }


def _beside(curve: Curve, moments: Moments, per_year: float | None, risk_free: float) -> Metrics:
    beside = Comparison(moments)
    total = performance.total_return(curve.benchmark)
    return {
        "benchmark_return": total,
        "benchmark_annual_return": performance.annual_return(total, moments.count, per_year),
        "benchmark_max_drawdown": deepest_fall(curve.benchmark),
        "alpha": beside.alpha(per_year, risk_free),
        "beta": beside.beta(),
        "correlation": beside.correlation(),
        "information_ratio": beside.information_ratio(per_year),
        "tracking_error": beside.tracking_error(per_year),
    }


def _tidy(value: float | None) -> float | int | None:
    if value is None or isinstance(value, int):
        return value
    finite = performance.finite(value)
    return None if finite is None else float(f"{finite:.12g}") + 0.0
