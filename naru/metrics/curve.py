"""The measured part of a run: equity after warm-up, and the benchmark beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.instruments import CorporateAction
from naru.engine.replay import Replay
from naru.errors import ConfigError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Vectors of one length, one value a step.

    ts         ns since the epoch, UTC, of each bar's open
    equity     quote currency at each bar's close; the first value is the initial cash
    benchmark  value of the initial cash put into the benchmark at the first bar's close; splits
               and dividends of the run's ``actions`` are its holder's as well
    """

    ts: NDArray[np.int64]
    equity: Floats
    benchmark: Floats


def measured_curve(replay: Replay, bars: Sequence[Bars], config: RunConfig) -> Curve:
    """Cut warm-up off a run.

    The strategy first decides at the close of step ``replay.start``, so that is where its returns
    begin, from the initial cash: what an order costs at that very close counts as well.
    Raises ConfigError when the benchmark is not among the bars.
    """
    curve = unscaled_curve(replay, bars, config)
    if not len(curve.ts):
        return curve
    scale = float(config.cash) / curve.benchmark[0]
    return Curve(curve.ts, curve.equity, curve.benchmark * scale)


def unscaled_curve(replay: Replay, bars: Sequence[Bars], config: RunConfig) -> Curve:
    """Return the same but for the benchmark, which is left at its closes: its returns are equal."""
    ts, cash = replay.ts[replay.start :], float(config.cash)
    equity = replay.equity[replay.start :]
    if len(equity) and equity[0] != cash:
        equity = equity.copy()
        equity[0] = cash
    held = _benchmark_bars(bars, config)
    closes = closes_on(replay.ts, held)[replay.start :]
    actions = [action for action in config.actions if action.symbol == held.symbol]
    return Curve(ts, equity, _held_value(ts, closes, held, actions) if actions else closes)


def _held_value(
    ts: NDArray[np.int64], closes: Floats, bars: Bars, actions: Sequence[CorporateAction]
) -> Floats:
    """Return what one unit of the first instant has become: more units, and dividends in cash."""
    units, cash = np.ones(len(ts)), np.zeros(len(ts))
    for action in actions:
        row = int(np.searchsorted(bars.ts, action.ts))
        place = int(np.searchsorted(ts, bars.ts[row])) if row < len(bars) else len(ts)
        if 0 < place < len(ts):
            cash[place:] += units[place] * float(action.dividend)
            units[place:] *= float(action.split)
    return closes * units + cash


def closes_on(ts: NDArray[np.int64], bars: Bars) -> Floats:
    """Return the newest close known at each instant; before the first bar, the first close."""
    if ts is bars.ts or (len(ts) == len(bars.ts) and np.array_equal(ts, bars.ts)):
        return bars.close
    rows = np.searchsorted(bars.ts, ts, side="right") - 1
    return bars.close[np.maximum(rows, 0)]


def _benchmark_bars(bars: Sequence[Bars], config: RunConfig) -> Bars:
    if config.benchmark is None:
        return bars[0]
    for each in bars:
        if each.symbol == config.benchmark:
            return each
    raise ConfigError("benchmark", f"{config.benchmark!r} is not among the run's symbols")
