"""The vector style: one call gives every target position; the order log follows by array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from naru.bars import Bars
from naru.data import FIELDS
from naru.engine.config import RunConfig
from naru.engine.market import Floats, Ints, Market
from naru.engine.orderlog import RECORD, Action, Mode, OrderLog
from naru.errors import LookAheadError, StrategyUseError
from naru.vectors import VectorStrategy

# Where look-ahead is tried: short prefixes cost little, and a peeping function betrays itself at
# every length.
_PROBES = (0.02, 0.31)
_LONGEST_PROBE, _SHORTEST_PROBE = 4_000, 8
_LARGEST_TARGET = 1000.0
_DENSE = 4  # where a quarter of the rows differ, looking for numbers alone is the shorter way


class VectorData:
    """The bars of a run as whole, read-only arrays; other symbols by ``data["SYMBOL"]``."""

    __slots__ = (
        "_all_", "close", "high", "low", "open", "symbol", "timeframe", "ts", "volume",
    )  # fmt: skip

    def __init__(
        self, bars: Bars, everything: dict[str, VectorData], stop: int | None = None
    ) -> None:
        self._all_ = everything
        self.symbol = bars.symbol
        self.timeframe = bars.timeframe
        self.ts = bars.ts
        self.open, self.high, self.low = bars.open, bars.high, bars.low
        self.close, self.volume = bars.close, bars.volume
        if stop is not None:
            for name in FIELDS:
                setattr(self, name, getattr(bars, name)[:stop])
        everything[bars.symbol] = self

    def __getitem__(self, symbol: str) -> VectorData:
        try:
            return self._all_[symbol]
        except KeyError:
            raise StrategyUseError(
                f"{symbol!r} is not in this run, which has {', '.join(self._all_)}"
            ) from None

    def __len__(self) -> int:
        return len(self.ts)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The instruments of the run, in the order given."""
        return tuple(self._all_)


def vector_orders(
    strategy: VectorStrategy, market: Market, config: RunConfig, params: Mapping[str, object]
) -> OrderLog:
    """Return the orders that a vector strategy's targets make.

    Raises LookAheadError when targets of a shortened series differ from those of the whole one,
    StrategyUseError when the function returns something else than one target per bar.
    """
    bars = [feed.bars for feed in market.feeds]
    targets = compute_targets(strategy, bars, params)
    if config.look_ahead_check:
        _probe(strategy, bars, params, targets)
    columns = []
    for place, feed in enumerate(market.feeds):
        values = targets[place]
        if values is not None:
            rows, changed = changes(values, config.warmup)
            steps = rows if feed.steps is None else feed.steps[rows]
            columns.append((steps, np.full(len(rows), place), changed))
    return _log(columns, min(config.warmup, len(market)))


def compute_targets(
    strategy: VectorStrategy, bars: list[Bars], params: Mapping[str, object],
    stops: Sequence[int | None] | None = None,
) -> list[Floats | None]:  # fmt: skip
    """Call the function and return its targets by instrument; None for those it left out.

    stops  how many bars of each instrument it gets; all of them without
    """
    everything: dict[str, VectorData] = {}
    cuts = stops or [None] * len(bars)
    first, *_ = [VectorData(each, everything, stop) for each, stop in zip(bars, cuts, strict=True)]
    try:
        with np.errstate(all="ignore"):
            result = strategy(first, **params)
        if not isinstance(result, dict):
            result = {first.symbol: result}
        unknown = [symbol for symbol in result if symbol not in everything]
        if unknown:
            raise StrategyUseError(f"{unknown[0]!r} is not in this run")
        return [
            _checked(result[symbol], data) if symbol in result else None
            for symbol, data in everything.items()
        ]
    finally:
        everything.clear()  # it leads back to itself, and arrays would wait for the collector


def _checked(values: Any, bars: VectorData) -> Floats:
    try:
        targets = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StrategyUseError("a vector strategy returns an array of numbers") from error
    if targets.shape != (len(bars),):
        raise StrategyUseError(
            f"a vector strategy returns one target per bar: {len(bars)} of {bars.symbol}, "
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
    differs = _differs(targets)
    # Every value stands at a row where it began, so no other rows need be looked at; and NaN,
    # which equals nothing, not even itself, stands at all of its rows.
    mostly_nan = np.count_nonzero(differs) * _DENSE > len(targets)
    rows = np.flatnonzero(targets == targets if mostly_nan else differs)  # noqa: PLR0124
    values = targets[rows]
    if mostly_nan or np.isnan(values).any():
        if not mostly_nan:
            rows = rows[~np.isnan(values)]
            values = targets[rows]
        changed = _differs(values)
        rows, values = rows[changed], values[changed]
    if len(values) and not np.abs(values).max() <= _LARGEST_TARGET:
        raise StrategyUseError("targets are fractions of equity: 0.95, not 95 or infinity")
    return rows, values


def _differs(values: Floats) -> NDArray[np.bool_]:
    """Tell where a value is another than the one before; before the first there is 0."""
    differs = np.empty(len(values), dtype=np.bool_)
    differs[:1] = values[:1] != 0.0
    np.not_equal(values[1:], values[:-1], out=differs[1:])
    return differs


def _log(columns: list[tuple[Ints, Ints, Floats]], start: int) -> OrderLog:
    steps = np.concatenate([column[0] for column in columns]) if columns else np.zeros(0, int)
    records = np.zeros(len(steps), dtype=RECORD)
    if len(steps):
        order = np.argsort(steps, kind="stable")  # at one step in the order of the instruments
        records["step"] = steps[order]
        records["symbol"] = np.concatenate([column[1] for column in columns])[order]
        records["size"] = np.concatenate([column[2] for column in columns])[order]
    records["action"] = Action.PLACE
    records["mode"] = Mode.TARGET_PERCENT
    for name in ("ref", "parent", "oco"):
        records[name] = -1
    for name in ("limit", "stop", "trail", "sl", "tp"):
        records[name] = np.nan
    return OrderLog(start, records, ("",))


def _probe(
    strategy: VectorStrategy, bars: list[Bars], params: Mapping[str, object],
    targets: list[Floats | None],
) -> None:  # fmt: skip
    """Compute targets on prefixes; what was decided then must not depend on what came later."""
    last = max(int(each.ts[-1]) for each in bars if len(each))
    first = min(int(each.ts[0]) for each in bars if len(each))
    longest = max(len(each) for each in bars)
    for fraction in _PROBES:
        count = min(max(int(longest * fraction), _SHORTEST_PROBE), _LONGEST_PROBE)
        if count >= longest:
            continue
        reference = max(bars, key=len)
        until = int(reference.ts[count - 1])
        if not first <= until < last:
            continue
        stops = [int(np.searchsorted(each.ts, until, side="right")) for each in bars]
        if not all(stops):
            continue
        parts = _targets_of_prefix(strategy, bars, params, stops)
        for each, whole, part in zip(bars, targets, parts, strict=True):
            known = None if whole is None else whole[: 0 if part is None else len(part)]
            if not _are_same(known, part):
                raise LookAheadError(_explain(each, known, part))


def _are_same(known: Floats | None, part: Floats | None) -> bool:
    if known is None or part is None:
        return known is part
    # Comparing bits takes a tenth of the time, and nearly always they are the same.
    return known.tobytes() == part.tobytes() or np.array_equal(known, part, equal_nan=True)


def _targets_of_prefix(
    strategy: VectorStrategy, bars: list[Bars], params: Mapping[str, object], stops: list[int]
) -> list[Floats | None]:
    try:
        return compute_targets(strategy, bars, params, stops)
    except Exception as error:  # user code may raise anything, and did not on the whole series
        raise StrategyUseError(
            f"computed on the first {max(stops)} bars alone, to see whether it looks ahead, "
            f"it fails: {type(error).__name__}: {error}. Let it work on any number of bars, or set "
            "look_ahead_check to false"
        ) from error


def _explain(bars: Bars, known: Floats | None, part: Floats | None) -> str:
    if known is None or part is None:
        return f"with later bars taken away, the targets of {bars.symbol} come and go"
    differs = ~((known == part) | (np.isnan(known) & np.isnan(part)))
    row = int(differs.argmax())
    return (
        f"the target of {bars.symbol} at bar {row} is {known[row]:g}, but {part[row]:g} when bars "
        f"after bar {len(part) - 1} are taken away: it looks ahead"
    )
