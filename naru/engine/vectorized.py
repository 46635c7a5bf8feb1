"""The vector style: one call gives every target position, and what changes is found by array."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from naru.engine.config import RunConfig
from naru.engine.market import Feed, Floats, Ints, Market
from naru.engine.prefixes import prefixes_to_try
from naru.engine.shortlog import Asked, ShortLog
from naru.engine.vector_data import CallData, Cut, VectorData, VectorInputs
from naru.errors import LookAheadError, StrategyUseError
from naru.vectors import VectorStrategy

_LARGEST_TARGET = 1000.0
_SAMPLED = 64  # targets that say whether most are NaN: looking for numbers is the shorter way then
_BLOCK = 1 << 17  # targets of several instruments that are looked at together


def vector_targets(
    strategy: VectorStrategy, market: Market, config: RunConfig, params: Mapping[str, object],
    inputs: VectorInputs | None = None,
) -> ShortLog:  # fmt: skip
    """Return what a vector strategy wants.

    inputs  of the market, where several calls share them

    Raises LookAheadError when targets of a shortened series differ from those of the whole one,
    StrategyUseError when the function returns something else than one target per bar.
    """
    inputs = inputs or VectorInputs(market)
    targets = compute_targets(strategy, inputs, params)
    if len(market.feeds) > 1:
        wanted = changes_of_many(_begun(targets, market.feeds, config.warmup))
    else:
        rows, values = changes(targets[0], config.warmup)
        wanted = Asked(rows, np.zeros(len(rows), dtype=np.int64), values)
    if config.look_ahead_check:
        _probe(strategy, inputs, params, targets, prefixes_to_try(len(market), wanted, config.seed))
    return ShortLog.of_targets(min(config.warmup, len(market)), wanted)


def compute_targets(
    strategy: VectorStrategy, inputs: VectorInputs, params: Mapping[str, object],
    cut: Cut | None = None,
) -> Floats:  # fmt: skip
    """Call the function and return its targets by instrument and step; NaN asks for nothing.

    cut  how much of the bars it gets; all without
    """
    steps = len(inputs.market) if cut is None else cut.step
    with inputs.data(cut) as everything:
        feeds = inputs.market.feeds
        first = everything[feeds[0].symbol]
        with np.errstate(all="ignore"):
            result = strategy(first, **params)
        if not isinstance(result, dict):
            values = _numbers(result)
            if values.shape == (steps, len(feeds)):
                return values.T
            if values.shape == (steps,) and len(feeds) == 1:
                return values[np.newaxis]
            result = {first.symbol: values}
        return _laid_out(result, everything, inputs.market, steps)


def _laid_out(result: dict[str, Any], everything: CallData, market: Market, steps: int) -> Floats:
    """Return targets that are given by instrument on the steps of all."""
    unknown = [symbol for symbol in result if symbol not in market.index]
    if unknown:
        raise StrategyUseError(f"{unknown[0]!r} is not in this run")
    if len(market.feeds) == 1 and result:
        ((symbol, values),) = result.items()
        return _checked(values, everything[symbol])[np.newaxis]
    targets = np.empty((len(market.feeds), steps))
    for row, feed in zip(targets, market.feeds, strict=True):
        if feed.symbol not in result:
            row[:] = np.nan
            continue
        data = everything[feed.symbol]
        values = _checked(result[feed.symbol], data)
        if feed.steps is None:
            row[:] = values
        else:
            row[:] = np.nan
            row[feed.steps[: len(data)]] = values
    return targets


def _numbers(values: Any) -> Floats:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StrategyUseError("a vector strategy returns an array of numbers") from error


def _checked(values: Any, data: VectorData) -> Floats:
    targets = _numbers(values)
    if targets.shape != (len(data),):
        raise StrategyUseError(
            f"a vector strategy returns one target per bar: {len(data)} of {data.symbol}, "
            f"not an array of shape {targets.shape}"
        )
    return targets


def changes(targets: Floats, warmup: int) -> tuple[Ints, Floats]:
    """Return the rows where the wanted position changes, and what it becomes. It begins at 0.

    NaN keeps what was wanted before. Raises StrategyUseError for targets that are no fractions.
    """
    if warmup:
        targets = targets.copy()
        targets[:warmup] = 0.0
    # Every value stands at a row where it began, so no other rows need be looked at; and NaN,
    # which equals nothing, not even itself, stands at all of its rows. Either way finds the same.
    sample = targets[:: len(targets) // _SAMPLED + 1]
    if 2 * np.count_nonzero(np.isnan(sample)) > len(sample):
        rows = np.flatnonzero(targets == targets)  # noqa: PLR0124
    else:
        rows = np.flatnonzero(_differs(targets))
        values = targets.take(rows)
        if _are_fractions(values):
            return rows, values
        rows = rows[~np.isnan(values)]
    values = targets.take(rows)
    changed = _differs(values)
    rows, values = rows[changed], values[changed]
    _check_size(values)
    return rows, values


def _differs(values: Floats) -> NDArray[np.bool_]:
    """Tell where a value is another than the one before; before the first there is 0."""
    differs = np.empty(len(values), dtype=np.bool_)
    if len(values):
        differs[0] = values[0] != 0.0
    np.not_equal(values[1:], values[:-1], out=differs[1:])
    return differs


def _are_fractions(values: Floats) -> bool:
    """Tell whether all are of a sensible size; NaN is not."""
    return bool(np.count_nonzero(np.abs(values) <= _LARGEST_TARGET) == len(values))


def _check_size(values: Floats) -> None:
    if not _are_fractions(values):
        raise StrategyUseError("targets are fractions of equity: 0.95, not 95 or infinity")


def _begun(targets: Floats, feeds: list[Feed], warmup: int) -> Floats:
    """Return targets that are 0 in the first bars of each instrument."""
    if not warmup:
        return targets
    targets = targets.copy()
    for row, feed in zip(targets, feeds, strict=True):
        row[: feed.step_of(warmup) if warmup < len(feed.ts) else None] = 0.0
    return targets


def changes_of_many(targets: Floats) -> Asked:
    """Return where wanted positions change, as ``changes`` does.

    targets  by instrument and step
    """
    count, size = len(targets), max(_BLOCK // len(targets), 1)
    before = np.zeros(count)
    found = []
    for start in range(0, targets.shape[1], size):
        block = targets[:, start : start + size]
        steps = np.flatnonzero((block == block).any(axis=0))  # noqa: PLR0124 - not NaN
        if not len(steps):
            continue
        wanted = np.empty((len(steps) + 1, count))
        wanted[0] = before
        wanted[1:] = block.T if len(steps) == block.shape[1] else block.T[steps]
        _keep(wanted)
        places = np.flatnonzero(wanted[1:] != wanted[:-1])
        rows = places // count  # NumPy is quicker at this and a product than at divmod
        values = wanted[1:].reshape(-1).take(places)
        found.append(Asked(steps[rows] + start, places - rows * count, values))
        before = wanted[-1]
    if not found:
        return Asked(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
    wanted_in_all = (
        found[0] if len(found) == 1 else Asked(*map(np.concatenate, zip(*found, strict=True)))
    )
    _check_size(wanted_in_all.sizes)
    return wanted_in_all


def _keep(wanted: Floats) -> None:
    """Fill in what was wanted before where nothing is: by step and instrument, the first known."""
    given = wanted == wanted  # noqa: PLR0124 - not NaN
    if given.all():
        return
    newest = np.where(given, np.arange(len(wanted))[:, np.newaxis], 0)
    np.maximum.accumulate(newest, axis=0, out=newest)
    wanted[:] = np.take_along_axis(wanted, newest, axis=0)


def _probe(
    strategy: VectorStrategy, inputs: VectorInputs, params: Mapping[str, object], targets: Floats,
    counts: list[int],
) -> None:  # fmt: skip
    """Compute targets on the first bars; what was decided then must not depend on what came later.

    counts  how many steps each time
    """
    for count in counts:
        cut = inputs.cut_after(count)
        if cut is None:
            continue
        known, part = targets[:, : cut.step], _targets_of_prefix(strategy, inputs, params, cut)
        # Comparing bits takes a tenth of the time, and nearly always they are the same.
        if known.tobytes() != part.tobytes() and not np.array_equal(known, part, equal_nan=True):
            raise LookAheadError(_explain(inputs.market, cut, known, part))


def _targets_of_prefix(
    strategy: VectorStrategy, inputs: VectorInputs, params: Mapping[str, object], cut: Cut
) -> Floats:
    try:
        return compute_targets(strategy, inputs, params, cut)
    except Exception as error:  # user code may raise anything, and did not on the whole series
        raise StrategyUseError(
            f"computed on the first {max(cut.rows)} bars alone, to see whether it looks ahead, "
            f"it fails: {type(error).__name__}: {error}. Let it work on any number of bars, or set "
            "look_ahead_check to false"
        ) from error


def _explain(market: Market, cut: Cut, known: Floats, part: Floats) -> str:
    differs = ~((known == part) | (np.isnan(known) & np.isnan(part)))
    place, step = np.unravel_index(int(differs.argmax()), differs.shape)
    feed = market.feeds[place]
    return (
        f"the target of {feed.symbol} at bar {feed.newest_row(int(step))} is "
        f"{known[place, step]:g}, but {part[place, step]:g} when bars after bar "
        f"{cut.rows[place] - 1} are taken away: it looks ahead. Let values move to later bars only "
        "(np.roll(x, -1) and x[1:] move them to earlier ones), and take means or extremes of what "
        "is known by then"
    )
