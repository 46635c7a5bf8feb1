"""What closed trades tell: how often, how much, how long."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from naru.metrics.performance import finite, quotient

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TradeColumns:
    """Closed trades as vectors of one length.

    pnl         quote currency, costs of both sides subtracted
    returns     pnl as a fraction of the notional at entry
    holding_s   seconds from the entry's bar to the exit's
    """

    pnl: Floats
    returns: Floats
    holding_s: Floats


def trade_metrics(trades: TradeColumns) -> dict[str, float | int | None]:
    """Return the metrics of closed trades, by the names that results use.

    A win has pnl > 0, a loss pnl < 0; a trade that comes out even is neither, but counts.
    ``win_rate`` = wins / trades. ``profit_factor`` = sum of wins / |sum of losses|.
    ``avg_win``, ``avg_loss`` (negative), ``expectancy`` = mean pnl of wins, of losses, of all.
    ``payoff_ratio`` = avg_win / |avg_loss|. Ratios of nothing are None.
    """
    pnl, count = trades.pnl, len(trades.pnl)
    wins, losses = pnl > 0.0, pnl < 0.0
    avg_win, avg_loss = _mean(pnl[wins]), _mean(pnl[losses])
    gross_loss = float(pnl[losses].sum())
    return {
        "trade_count": count,
        "win_rate": quotient(float(np.count_nonzero(wins)), float(count)),
        "profit_factor": quotient(float(pnl[wins].sum()), -gross_loss),
        "avg_win": avg_win,
        "avg_loss": avg_loss,
        "payoff_ratio": quotient(avg_win, None if avg_loss is None else -avg_loss),
        "expectancy": _mean(pnl),
        "avg_trade_return": _mean(trades.returns),
        "best_trade_return": finite(trades.returns.max()) if count else None,
        "worst_trade_return": finite(trades.returns.min()) if count else None,
        "avg_holding_s": _mean(trades.holding_s),
        "max_holding_s": finite(trades.holding_s.max()) if count else None,
        "max_wins_in_a_row": longest_run(wins),
        "max_losses_in_a_row": longest_run(losses),
    }


def longest_run(flags: NDArray[np.bool_]) -> int:
    """Return the length of the longest stretch of True."""
    edges = np.flatnonzero(np.diff(flags, prepend=False, append=False))
    return int((edges[1::2] - edges[::2]).max()) if len(edges) else 0


def _mean(values: Floats) -> float | None:
    return finite(values.mean()) if len(values) else None
